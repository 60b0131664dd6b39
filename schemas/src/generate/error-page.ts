/** The error catalogue as a page of the documents. */
import { errorCatalogue, type CatalogueEntry, type NextStep } from '../errors/catalogue.ts';

const blocks: Readonly<Record<string, string>> = {
  TG1: 'Policy and validation',
  TG2: 'Agent',
  TG3: 'Controller',
  TG4: 'Audit',
  TG5: 'Set-up and command line',
};

const nextSteps: Readonly<Record<NextStep, string>> = {
  stalling: 'a person is needed',
  waiting: 'something else has to happen first',
  retry: 'it is tried again by itself',
};

export function errorPage(): string {
  const entries: [string, CatalogueEntry][] = Object.entries(errorCatalogue);
  const sections = Object.entries(blocks).flatMap(([prefix, title]) => [
    '',
    `## ${title}`,
    '',
    '| code | what went wrong | what happens next | what to do |',
    '| --- | --- | --- | --- |',
    ...entries.filter(([code]) => code.startsWith(prefix)).map(([code, entry]) => row(code, entry)),
  ]);
  return [
    '# Errors',
    '',
    'Every error that Tidegate reports carries one of these codes. The message beside it names the place. A code never',
    'changes its meaning.',
    ...sections,
    '',
  ].join('\n');
}

const row = (code: string, { title, next, fix }: CatalogueEntry): string =>
  `| ${code} | ${title} | ${nextSteps[next]} | ${fix.replaceAll('|', '\\|')} |`;
