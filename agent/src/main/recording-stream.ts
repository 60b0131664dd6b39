/** Answers `record`: what the agent sees from now on, as the lines of a recording. The request itself goes on record. */
import type { AuditEvent, ControlRequest } from '@tidegate/schemas';
import type { ControlStream } from '../control/server.ts';
import type { Watch } from './watch.ts';

type RecordRequest = Extract<ControlRequest, { command: 'record' }>;

/** Rejects with TG2012 while there is another recording. */
export async function recordingStream(
  watch: Watch,
  request: RecordRequest,
  audit: { append(event: AuditEvent): void },
): Promise<ControlStream> {
  const { durationMs, samplesPerWindow, anonymise, by } = request;
  const begin = await watch.recording(request);
  const answer = {
    schema: 'tidegate/control-recording/v1',
    capture: watch.description.slice(0, 64),
  } as const;
  return {
    answer,
    begin: (output) => {
      const recorder = begin(output);
      const sources = anonymise ? 'sources replaced' : 'sources as they are';
      const subject = `${durationMs / 1000} s, ${samplesPerWindow} samples a window, ${sources}`;
      audit.append({ kind: 'operator.command', body: { command: 'record', subject, by } });
      output.onEnough(() => {
        recorder.stop('stopped');
      });
      output.onGone(() => {
        recorder.cancel();
      });
    },
  };
}
