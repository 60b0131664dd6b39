/** `tidegate-agent baseline`: from what a person wrote to what the agent is asked. */
import { TidegateError, check, readAmount } from '@tidegate/schemas';
import type { ControlRequest } from '@tidegate/schemas';

export interface BaselineOptions {
  readonly pin?: string;
  readonly unpin?: string;
  readonly reset?: true;
}

/** Throws TG5001 where it cannot be understood. */
export function baselineRequest(
  target: string | null,
  { pin, unpin, reset }: BaselineOptions,
  by: string,
): ControlRequest {
  if ([pin, unpin, reset].filter((option) => option !== undefined).length > 1)
    throw new TidegateError('TG5001', '--pin, --unpin and --reset: use one at a time.');
  const order = pin !== undefined ? 'pin' : unpin !== undefined ? 'unpin' : reset === true ? 'reset' : 'show';
  if ((order === 'pin' || order === 'unpin') && target === null)
    throw new TidegateError('TG5001', `--${order}: name the target it is for.`);
  const request = {
    schema: 'tidegate/control/v1',
    command: 'baseline',
    order,
    target,
    ...(pin === undefined ? {} : pinOf(pin)),
    ...(unpin === undefined ? {} : { volume: unpin }),
    by,
  };
  const checked = check('control-request', request);
  if (checked.ok) return checked.value;
  const volumes = 'packets, bits, syn, tcp, udp, icmp, fragments or other';
  throw new TidegateError(
    'TG5001',
    `${target ?? ''} ${pin ?? unpin ?? ''}: name an address or prefix, and one of ${volumes}.`,
  );
}

function pinOf(text: string): { volume: string; value: number } {
  const [volume = '', written = ''] = text.split('=');
  const amount = readAmount(volume === 'bits' ? 'bits/s' : 'packets/s', written);
  if (amount.ok) return { volume, value: amount.value };
  throw new TidegateError('TG5001', `--pin ${text}: ${amount.message}`);
}
