import { TidegateError } from '../errors/tidegate-error.ts';
import type { WireShapes } from '../shapes/index.ts';
import { check } from '../validate/check.ts';
import type { Position } from '../yaml/document.ts';
import { readYaml } from '../yaml/read.ts';

type ConfigName = 'agent-config' | 'controller-config' | 'speaker-config';

/**
 * Reads a configuration file (YAML) of an agent, a controller or a site speaker.
 *
 * Anything but one valid document is an error TG5002 that names file, line, column and what to write.
 */
export function parseConfig<Name extends ConfigName>(
  shape: Name,
  file: string,
  text: string,
): WireShapes[Name] {
  const fail = ({ line, column }: Position, message: string): never => {
    throw new TidegateError('TG5002', `${file}:${line}:${column}: ${message}`);
  };
  const { documents, problem } = readYaml(text);
  const [document, second] = documents;
  const broken = problem ?? document?.problems[0];
  if (broken !== undefined) return fail(broken.position, broken.message);
  if (document === undefined) return fail({ line: 1, column: 1 }, 'The file is empty.');
  if (second !== undefined)
    return fail(second.positionOf('', 'value'), 'The file has more than one document; keep one.');
  const checked = check(shape, document.value);
  if (checked.ok) return checked.value;
  const [{ path, message, aboutKey }] = checked.problems;
  return fail(
    document.positionOf(path, aboutKey ? 'key' : 'value'),
    `${path === '' ? '' : `${path}: `}${message}`,
  );
}
