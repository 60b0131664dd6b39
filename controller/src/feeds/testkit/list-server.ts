/** A publisher of lists on loopback that behaves as it is told. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface ListServer {
  readonly url: string;
  /** Headers of the requests so far. */
  readonly requests: IncomingMessage['headers'][];
  /** How it answers from now on. */
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

/** Answers with a list under an ETag, and with 304 to who has it. */
export const serve =
  (text: string, etag = `"${text.length}"`): Behaviour =>
  (request, response) => {
    const isKnown = request.headers['if-none-match'] === etag;
    response.writeHead(isKnown ? 304 : 200, { etag }).end(isKnown ? undefined : text);
  };

/** Answers with a status and no list. */
export const refuse =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (_, response) =>
    void response.writeHead(status, headers).end('<html>no list</html>');

/** Sends the beginning of a list and breaks the connection. */
export const cut =
  (text: string): Behaviour =>
  (_, response) => {
    response.writeHead(200, { 'content-length': text.length * 2 });
    response.write(text, () => response.destroy());
  };

/** Sends the beginning of a list and then nothing. */
export const stall =
  (text: string): Behaviour =>
  (_, response) => {
    response.writeHead(200);
    response.write(text);
  };

/** Sends the same piece until nobody takes it any more. */
export const flood =
  (piece: string): Behaviour =>
  (_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
      if (!response.destroyed) response.once('drain', more);
    };
    response.writeHead(200);
    more();
  };

export async function startListServer(): Promise<ListServer> {
  let current: Behaviour = refuse(404);
  const requests: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    current(request, response);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/list`,
    requests,
    behave: (behaviour) => {
      current = behaviour;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
