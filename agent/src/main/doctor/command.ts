/** The command: what is to be looked at, and how it is said. Exit codes: 0 no failure, 1 with one. */
import { TidegateError } from '@tidegate/schemas';
import { createContext, readConfiguration } from './context.ts';
import { thisHost } from './host/this-host.ts';
import { diagnose } from './index.ts';
import { checks } from './registry.ts';
import { renderCheck, renderSummary } from './render.ts';

export interface DoctorOptions {
  readonly config: string;
  /** Whether a person named the file; the default one may be absent. */
  readonly isConfigNamed: boolean;
  /** Interfaces to look at; none: those of the policy in force, else all that are up. */
  readonly interfaces: readonly string[];
  readonly format: 'text' | 'json';
}

/** Writes to stdout; returns the exit code. Throws TG5003 where the named configuration is not there. */
export async function runDoctor(options: DoctorOptions): Promise<number> {
  const { config, isConfigNamed, interfaces, format } = options;
  const configuration = readConfiguration(config);
  if (isConfigNamed && 'isAbsent' in configuration && configuration.isAbsent)
    throw new TidegateError('TG5003', `${config}: no such file`);
  const context = createContext(thisHost(), configuration, interfaces);
  const { stdout } = process;
  const look = { colours: stdout.isTTY && stdout.hasColors() };
  const report = await diagnose(checks, context, (found, title) => {
    // Line by line, as they come: a controller that hangs takes seconds.
    if (format === 'text') stdout.write(renderCheck(found, title, look));
  });
  stdout.write(format === 'text' ? renderSummary(report, look) : `${JSON.stringify(report)}\n`);
  return report.summary.fail > 0 ? 1 : 0;
}
