/** What a broken proxy, a stranger or a captured controller may answer. */
import type { ServerResponse } from 'node:http';
import { digestOf } from '@tidegate/schemas';

type Lie = (response: ServerResponse) => void;

const json = (response: ServerResponse, value: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};

const forgedPayload = JSON.stringify({ schema: 'tidegate/bundle/v1', mode: 'observe' });
const forgedSignature = { keyId: '0'.repeat(16), signature: Buffer.alloc(64).toString('base64') };

export const lies = {
  /** In form a bundle, signed by nobody. */
  forged: (response) => {
    json(response, {
      schema: 'tidegate/signed-bundle/v1',
      payload: forgedPayload,
      digest: digestOf(forgedPayload),
      signatures: [forgedSignature],
    });
  },
  otherVersion: (response) => {
    json(response, { schema: 'tidegate/receipt/v9', proofs: [], payload: 7 });
  },
  /** At once, though it was asked to wait. */
  notModified: (response) => void response.writeHead(304).end(),
  /** More than anybody should read. */
  endless: (response) => void response.writeHead(200).end(Buffer.alloc(9 * 1024 * 1024, ' ')),
  page: (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>It works!</h1>'),
  hangUp: (response) => void response.socket?.destroy(),
  badGateway: (response) => void response.writeHead(502).end('Bad Gateway'),
} satisfies Record<string, Lie>;

export type LieName = keyof typeof lies;
