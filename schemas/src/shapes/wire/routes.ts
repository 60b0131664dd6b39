/** Bodies of the HTTP routes between agent and controller; the routes themselves are in src/http/routes.ts. */
import { Type, type Static } from 'typebox';
import { Labels, Name, PublicKey, KeyId, strict } from '../common.ts';
import { Trust } from './trust.ts';
import { Finding } from './findings.ts';

export const EnrolRequest = strict(
  {
    schema: Type.Literal('tidegate/enrol/v1', { description: 'The version of this shape.' }),
    token: Type.String({ minLength: 16, maxLength: 256, description: 'The join token.' }),
    node: Name,
    labels: Labels,
    publicKey: PublicKey,
  },
  'An agent asks to be known.',
);
export type EnrolRequest = Static<typeof EnrolRequest>;

export const EnrolResponse = strict(
  {
    schema: Type.Literal('tidegate/enrolled/v1', { description: 'The version of this shape.' }),
    agent: Name,
    keyId: KeyId,
    trust: Trust,
  },
  'The agent is known. The first bundle and log keys it sees are the ones it pins.',
);
export type EnrolResponse = Static<typeof EnrolResponse>;

export const Problem = strict(
  {
    type: Type.String({ description: 'A URI reference that names the kind of problem.' }),
    title: Type.String({ description: 'What went wrong, in a few words.' }),
    status: Type.Integer({ description: 'The HTTP status code.' }),
    code: Type.String({ pattern: '^TG[0-9]{4}$', description: 'Code from the error catalogue.' }),
    detail: Type.String({ description: 'What happened here and what to do about it.' }),
  },
  'An error answer (RFC 9457), media type application/problem+json.',
);
export type Problem = Static<typeof Problem>;

export const ControllerStatus = strict(
  {
    schema: Type.Literal('tidegate/controller-status/v1', { description: 'The version of this shape.' }),
    policy: strict(
      {
        seenCommit: Type.Union([Type.String({ description: 'A commit id.' }), Type.Null()], {
          description: 'The newest revision that was read.',
        }),
        goodCommit: Type.Union([Type.String({ description: 'A commit id.' }), Type.Null()], {
          description: 'The revision in force.',
        }),
        findings: Type.Array(Finding, {
          maxItems: 1000,
          description: 'What is wrong with the newest revision.',
        }),
        error: Type.Union(
          [
            Type.String({ maxLength: 500, description: 'Why the repository could not be read.' }),
            Type.Null(),
          ],
          { description: 'Why the last sync failed as a whole.' },
        ),
      },
      'Where the policy stands.',
    ),
    bundles: Type.Array(
      strict(
        {
          group: Name,
          epoch: Type.Integer({ minimum: 1, description: 'Epoch.' }),
          digest: Type.String({ description: 'Digest of the bundle.' }),
        },
        'A published bundle.',
      ),
      { description: 'What is published, by group.' },
    ),
    agents: Type.Array(
      strict(
        {
          agent: Name,
          group: Type.Union([Name, Type.Null()], { description: 'The group that claims it.' }),
          effective: Type.Union([Type.String({ description: 'Digest.' }), Type.Null()], {
            description: 'The bundle in force there.',
          }),
          lastSeen: Type.Union([Type.String({ description: 'Time.' }), Type.Null()], {
            description: 'When it was last heard of.',
          }),
        },
        'An agent.',
      ),
      { description: 'Agents that are known.' },
    ),
    feeds: Type.Optional(
      Type.Array(
        strict(
          {
            name: Name,
            entries: Type.Union([Type.Integer({ minimum: 0, description: 'Entries.' }), Type.Null()], {
              description: 'Entries in use, before each group leaves out its safelist; null without a copy.',
            }),
            leftOut: Type.Integer({
              minimum: 0,
              description: 'Lines of the copy in use that are no entry, and entries that no list may have.',
            }),
            checkedAt: Type.Union([Type.String({ description: 'Time.' }), Type.Null()], {
              description: 'When the list was last read or found unchanged, null where it never was.',
            }),
            changedAt: Type.Union([Type.String({ description: 'Time.' }), Type.Null()], {
              description: 'Since when the copy in use lists what it lists, null without a copy.',
            }),
            error: Type.Union(
              [Type.String({ maxLength: 500, description: 'Why the last try failed.' }), Type.Null()],
              { description: 'Why the last try failed; the copy before then stays in use.' },
            ),
          },
          'A threat feed.',
        ),
        { maxItems: 10_000, description: 'Threat feeds of the policy in force.' },
      ),
    ),
    audit: strict(
      {
        size: Type.Integer({ minimum: 0, description: 'Records in the log.' }),
        commit: Type.Union([Type.String({ description: 'A commit id.' }), Type.Null()], {
          description: 'Tip of the audit repository.',
        }),
      },
      'The audit log.',
    ),
  },
  'The state of the controller.',
);
export type ControllerStatus = Static<typeof ControllerStatus>;
