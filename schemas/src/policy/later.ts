/**
 * What the policy language will have and this version does not: named, so that it is told from a spelling mistake.
 *
 * Whoever builds one of these takes its line out of here.
 */

/** Keys, as JSON Pointers from the root of a document; `*` stands for any entry of a list. */
const laterKeys: Readonly<Record<string, readonly string[]>> = {
  FlowSpecPolicy: ['/spec/standing'],
  NodeGroup: ['/spec/rollout'],
  Threshold: ['/spec/metrics'],
  Playbook: [
    '/spec/steps/*/capture',
    '/spec/steps/*/flowspec/approval',
    '/spec/steps/*/iptables',
    '/spec/steps/*/notify',
    '/spec/steps/*/rtbh/approval',
    '/spec/steps/*/webhook',
    '/spec/steps/*/drop/approval',
    '/spec/trigger/rate',
    '/spec/trigger/severity',
  ],
};

/** Values, by the place they stand at. */
const laterValues: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  Playbook: { '/spec/steps/*/drop/via': ['iptables'] },
};

const general = (path: string): string => path.replaceAll(/\/[0-9]+(?=\/|$)/g, '/*');

export const isLaterKey = (kind: string, path: string): boolean =>
  laterKeys[kind]?.includes(general(path)) ?? false;

export const isLaterValue = (kind: string, path: string, value: unknown): boolean =>
  typeof value === 'string' && (laterValues[kind]?.[general(path)]?.includes(value) ?? false);
