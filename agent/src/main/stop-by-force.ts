/**
 * stop-all when no agent answers: takes the rules out of the kernel itself, and leaves the order for the agent to find
 * when it wakes up or starts. Needs no network and no git.
 */
import { TidegateError } from '@tidegate/schemas';
import type { ControlResponse } from '@tidegate/schemas';
import { openNftablesBackend } from '../actions/nftables/index.ts';
import { expirePinnedRules } from '../actions/xdp/pinned.ts';
import { writeJson } from '../state/files.ts';
import { stopMarker } from './config.ts';
import type { AgentSettings } from './config.ts';
import { openUpstream } from './upstream.ts';

export async function stopByForce(settings: AgentSettings, by: string): Promise<ControlResponse> {
  // The order first: an agent that wakes up in between must not install anything anew.
  writeJson(stopMarker(settings), { by, at: new Date().toISOString() });
  const removed = expirePinnedRules(settings.instance);
  return {
    schema: 'tidegate/control-done/v1',
    removed: removed + (await removeNftablesRules(settings.instance)) + (await withdrawRoutes(settings)),
  };
}

/** Where nftables cannot be used there are no rules of ours in it; the reason is said all the same. */
async function removeNftablesRules(instance: string): Promise<number> {
  try {
    const nftables = await openNftablesBackend({ instance, safelist: [] });
    const removed = await nftables.removeAll();
    nftables.close();
    return removed;
  } catch (error) {
    if (!(error instanceof TidegateError)) throw error;
    process.stderr.write(`nftables was not looked at: ${error.code} ${error.message}\n`);
    return 0;
  }
}

/** Routes that the agent holds at BGP speakers. A speaker that does not answer is named: its routes are still there. */
async function withdrawRoutes(settings: AgentSettings): Promise<number> {
  const say = (message: string, fields: Record<string, unknown> = {}): void => {
    process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
  };
  const log = { debug: () => undefined, info: () => undefined, warn: say, error: say };
  const upstream = openUpstream(settings, { clock: { wallMs: Date.now }, log });
  let withdrawn = 0;
  for (const backend of upstream.backends.values()) withdrawn += await backend.removeAll();
  await upstream.close();
  return withdrawn;
}
