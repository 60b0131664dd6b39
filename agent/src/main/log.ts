/** Structured lines on stderr: JSON for machines, short text on a terminal. */
import type { Log } from '../ports.ts';

const levels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof levels)[number];

export function createLog(least: LogLevel, pretty: boolean = process.stderr.isTTY): Log {
  const from = levels.indexOf(least);
  const at =
    (level: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      if (levels.indexOf(level) < from) return;
      process.stderr.write(
        pretty
          ? `${text(level, message, fields)}\n`
          : `${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`,
      );
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function text(level: LogLevel, message: string, fields: Record<string, unknown>): string {
  const rest = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [new Date().toISOString().slice(11, 23), level.padEnd(5), message, ...rest].join(' ');
}
