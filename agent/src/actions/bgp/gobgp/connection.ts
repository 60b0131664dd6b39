/** A connection to GoBGP's gRPC interface, as promises. Whatever goes wrong is TG2017 or TG2018. */
import type { ServiceDefinition, ServiceError } from '@grpc/grpc-js';
import { TidegateError } from '@tidegate/schemas';
import { apiOf, dialects } from './api.ts';
import type { GobgpVersion } from './api.ts';

/** No answer within this is none, ms. */
const deadlineMs = 5000;
/** Pings more often than this are answered with "excess pings" and the end of the connection. */
const keepaliveMs = 300_000;

export interface GobgpOptions {
  /** `unix:///run/gobgp/api.sock`, or HOST:PORT. */
  readonly address: string;
  /** Certificates in PEM; without them it is spoken in clear text, which is for a socket or loopback. */
  readonly tls?: { readonly ca: Uint8Array; readonly key?: Uint8Array; readonly certificate?: Uint8Array };
}

type Call = (method: string, requests: readonly object[]) => Promise<unknown[]>;

export interface GobgpConnection {
  readonly version: GobgpVersion;
  /** One request or several, for a method that takes a stream; whatever was answered. */
  readonly call: Call;
  /** Answers one by one, until it ends or is ended by what is returned. */
  watch(
    method: string,
    request: object,
    on: { readonly answer: (value: unknown) => void; readonly end: () => void },
  ): () => void;
  close(): void;
}

/** Finds out which version answers. gRPC is loaded here: most nodes never need it. */
export async function connectGobgp(options: GobgpOptions): Promise<GobgpConnection> {
  try {
    return await probed(options, 3);
  } catch (error) {
    if (!(error instanceof UnknownService)) throw error;
    return await probed(options, 4);
  }
}

async function probed(options: GobgpOptions, version: GobgpVersion): Promise<GobgpConnection> {
  const connection = await openGobgp(options, version);
  try {
    await connection.call('GetBgp', [{}]);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Another version answers. */
class UnknownService extends TidegateError {}

async function openGobgp(options: GobgpOptions, version: GobgpVersion): Promise<GobgpConnection> {
  const [grpc, loader] = await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')]);
  const { package: name, service } = dialects[version];
  const definition = loader.fromJSON(apiOf(version), { longs: Number, defaults: true, arrays: true });
  const methods = definition[`${name}.${service}`] as ServiceDefinition;
  const Client = grpc.makeGenericClientConstructor(methods, service);
  const { address, tls } = options;
  const buffer = (bytes: Uint8Array | undefined): Buffer | null =>
    bytes === undefined ? null : Buffer.from(bytes);
  const credentials =
    tls === undefined
      ? grpc.credentials.createInsecure()
      : grpc.credentials.createSsl(buffer(tls.ca), buffer(tls.key), buffer(tls.certificate));
  const client = new Client(address, credentials, {
    'grpc.keepalive_time_ms': keepaliveMs,
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.min_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 500,
    'grpc.max_receive_message_length': 64 * 1024 * 1024,
  });
  const call: Call = (method, requests) =>
    new Promise((resolve, reject) => {
      const { path, requestStream, responseStream, requestSerialize, responseDeserialize } = methods[method]!;
      const answers: unknown[] = [];
      const ended = (error: ServiceError | null, value?: unknown): void => {
        if (error === null) resolve(value === undefined ? answers : [value]);
        else reject(faultOf(error, address));
      };
      const codec = [path, requestSerialize, responseDeserialize] as const;
      const settings = { deadline: Date.now() + deadlineMs };
      const metadata = new grpc.Metadata();
      if (requestStream) {
        const stream = client.makeClientStreamRequest(...codec, metadata, settings, ended);
        for (const request of requests) stream.write(request);
        stream.end();
      } else if (responseStream) {
        const stream = client.makeServerStreamRequest(...codec, requests[0], metadata, settings);
        stream.on('data', (answer: unknown) => answers.push(answer));
        stream.on('error', ended);
        stream.on('end', () => {
          ended(null);
        });
      } else client.makeUnaryRequest(...codec, requests[0], metadata, settings, ended);
    });
  return {
    version,
    call,
    watch(method, request, on) {
      const { path, requestSerialize, responseDeserialize } = methods[method]!;
      const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request);
      stream.on('data', on.answer);
      stream.on('error', on.end);
      stream.on('end', on.end);
      return () => {
        stream.cancel();
      };
    },
    close() {
      client.close();
    },
  };
}

/** gRPC codes that mean that nobody answered (https://grpc.io/docs/guides/status-codes/). */
const unanswered: ReadonlySet<number> = new Set([1, 4, 14]);
const unimplemented: ReadonlySet<number> = new Set([12]);

function faultOf({ code, details }: ServiceError, address: string): TidegateError {
  const said = details === '' ? `gRPC status ${code}` : details;
  if (unimplemented.has(code))
    return new UnknownService('TG2018', `GoBGP at ${address} has no such interface: ${said}`);
  return unanswered.has(code)
    ? new TidegateError('TG2017', `GoBGP at ${address} does not answer: ${said}`)
    : new TidegateError('TG2018', `GoBGP at ${address} answered: ${said}`);
}
