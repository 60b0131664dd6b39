/** How the results of policy tests are printed. */
import type { TestResults } from '@tidegate/schemas';
import { grouped } from '../analyze/format.ts';
import { printable } from '../io.ts';
import { collateralLine, incidentLines, volumeLine } from './words.ts';

type Result = TestResults['tests'][number];

export const testFormats = {
  text: ({ tests }: TestResults): string => tests.map((test) => `${textOf(test)}\n`).join(''),
  json: (results: TestResults): string => `${JSON.stringify(results)}\n`,
  /** As the CI systems read it: https://github.com/testmoapp/junitxml describes what they agree on. */
  junit: junitOf,
} as const;

const marks = { passed: 'ok  ', failed: 'FAIL', error: 'ERR ' } as const;

/** A test that passes takes one line; of one that fails, what happened in it. */
function textOf({
  name,
  file,
  group,
  outcome,
  failures,
  error,
  incidents,
  packets,
  collateral,
}: Result): string {
  const head = `${marks[outcome]} ${name} (${group})`;
  if (outcome === 'passed') return incidents.length === 0 ? head : `${head}: ${summaryOf(incidents)}`;
  if (error !== null) return `${head}\n  ${error.code}: ${printable(error.message)}`;
  const lines = [
    ...failures.map(({ line, message }) => `${file}:${line}: ${message}`),
    ...incidentLines(incidents),
    ...(packets === null ? [] : [volumeLine(packets)]),
    ...(collateral === null ? [] : [collateralLine(collateral)]),
  ];
  return [head, ...lines.map((line) => `  ${printable(line)}`)].join('\n');
}

function summaryOf(incidents: Result['incidents']): string {
  const families = [...new Set(incidents.map(({ family }) => family))];
  const actions = [...new Set(incidents.flatMap((incident) => incident.actions.map(({ type }) => type)))];
  const count =
    incidents.length === 1
      ? families.join(', ')
      : `${grouped(incidents.length)} incidents, ${families.join(', ')}`;
  return `${count}; ${actions.length === 0 ? 'nothing done' : actions.join(', ')}`;
}

function junitOf({ tests, failed, errors }: TestResults): string {
  const counts = `tests="${tests.length}" failures="${failed}" errors="${errors}"`;
  const cases = tests.map((test) => {
    const { name, file, line, group, failures, error } = test;
    const attributes = `name="${xml(name)}" classname="${xml(group)}" file="${xml(file)}" line="${line}"`;
    const told = [
      ...failures.map(({ claim, line: at, message }) => {
        const place = `${file}:${at} ${claim}`;
        return `      <failure message="${xml(message)}" type="${xml(claim)}">${xml(`${place}\n${message}`)}</failure>\n`;
      }),
      ...(error === null
        ? []
        : [`      <error message="${xml(error.message)}" type="${xml(error.code)}"/>\n`]),
    ];
    if (told.length === 0) return `    <testcase ${attributes}/>\n`;
    return `    <testcase ${attributes}>\n${told.join('')}    </testcase>\n`;
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    `<testsuites name="tidegate" ${counts}>\n`,
    `  <testsuite name="policy" ${counts}>\n`,
    ...cases,
    '  </testsuite>\n',
    '</testsuites>\n',
  ].join('');
}

/** XML 1.0 has no way to write most control characters; they become the replacement character. */
const xml = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
