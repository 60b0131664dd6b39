/** Whether the control socket can be made, which `status`, `release` and `stop-all` go through. */
import { controlSocket } from '../../config.ts';
import { fail, ok, type Check } from '../check.ts';

/** sockaddr_un(7): 108 bytes with the zero at the end. */
const socketBytesMax = 107;

export const runFolder: Check = {
  id: 'run-folder',
  title: 'run folder',
  needs: 'configuration',
  run: ({ host, settings }) => {
    const { runDir } = settings!;
    const socket = controlSocket(settings!);
    const bytes = Buffer.byteLength(socket);
    if (bytes > socketBytesMax)
      return fail(`${socket} is ${bytes} bytes long`, {
        meaning: `The agent does not start: the name of a socket has ${socketBytesMax} bytes at most.`,
        fix: 'Give a shorter runDir, such as /run/tidegate.',
      });
    const { at, problem } = host.folder(runDir);
    if (problem === null) return ok(at === runDir ? runDir : `${runDir} (made at the start)`);
    return fail(`${runDir}: ${problem}`, {
      meaning: 'The agent does not start: it cannot listen for status, release and stop-all.',
      fix: `As root: install -d -o ${host.user.name} ${runDir} (RuntimeDirectory= of its unit); or run doctor as the agent's user.`,
    });
  },
};
