import { describe, expect, it } from 'vitest';
import { TidegateError } from '../errors/tidegate-error.ts';
import { parseConfig } from './parse-config.ts';

const good = `schema: tidegate/agent-config/v1
node: web-1
stateDir: /var/lib/tidegate
runDir: /run/tidegate
`;

const complaint = (text: string): string => {
  try {
    parseConfig('agent-config', 'agent.yaml', text);
    return 'none';
  } catch (error) {
    return error instanceof TidegateError ? `${error.code} ${error.message}` : String(error);
  }
};

describe('parseConfig', () => {
  it('reads YAML, and JSON as well', () => {
    const config = parseConfig('agent-config', 'agent.yaml', good);
    expect(config.node).toBe('web-1');
    expect(parseConfig('agent-config', 'agent.json', JSON.stringify(config))).toEqual(config);
  });

  it('names file, line and column of a mistake, and what was meant', () => {
    expect(complaint(`${good}onStopp: keep\n`)).toMatch(/^TG5002 agent\.yaml:5:1: .*onStop/);
    expect(complaint(good.replace('web-1', '17'))).toMatch(/^TG5002 agent\.yaml:2:7: \/node: /);
    expect(complaint(`${good}labels: {a: [}\n`)).toMatch(/^TG5002 agent\.yaml:5:\d+: /);
    expect(complaint('')).toBe('TG5002 agent.yaml:1:1: The file is empty.');
    expect(complaint(`${good}---\n${good}`)).toMatch(
      /^TG5002 agent\.yaml:\d+:1: The file has more than one document/,
    );
  });
});
