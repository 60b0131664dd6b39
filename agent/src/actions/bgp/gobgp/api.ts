/**
 * The part of GoBGP's gRPC interface that is used here: names, field numbers and enumerations of its `gobgp.proto`.
 * Routes go through it in the bytes of BGP (`nlri_binary`, `pattrs_binary`), so that versions 3 and 4 differ in little more
 * than the name of the service: what they model otherwise, `Any` here and `oneof` there, is not touched.
 *
 * The interface is that of GoBGP, Copyright (C) 2015-2017 Nippon Telegraph and Telephone Corporation, Apache License 2.0.
 */

export type GobgpVersion = 3 | 4;

interface Dialect {
  readonly package: string;
  readonly service: string;
  /** GLOBAL and ADJ_OUT of `TableType`. */
  readonly tables: { readonly global: number; readonly adjOut: number };
}

export const dialects: Readonly<Record<GobgpVersion, Dialect>> = {
  3: { package: 'apipb', service: 'GobgpApi', tables: { global: 0, adjOut: 3 } },
  4: { package: 'api', service: 'GoBgpService', tables: { global: 1, adjOut: 4 } },
};

/** `PeerState.SessionState`, the same in both. */
export const established = 6;
/** `PeerEvent.Type` of a session that came up or went down, the same in both; what is sent at first is of others. */
export const stateEvent = 3;

type Fields = Readonly<
  Record<string, { readonly type: string; readonly id: number; readonly rule?: 'repeated' }>
>;

const field = (type: string, id: number) => ({ type, id });
const list = (type: string, id: number) => ({ type, id, rule: 'repeated' as const });

/** Enumerations are numbers on the wire: they are read as such. */
const messages: Readonly<Record<string, Fields>> = {
  Nothing: {},
  Family: { afi: field('int32', 1), safi: field('int32', 2) },
  Path: {
    isWithdraw: field('bool', 5),
    family: field('Family', 9),
    isFromExternal: field('bool', 14),
    neighborIp: field('string', 15),
    uuid: field('bytes', 16),
    nlriBinary: field('bytes', 20),
    pattrsBinary: list('bytes', 21),
  },
  AddPathStreamRequest: { tableType: field('int32', 1), paths: list('Path', 3) },
  ListPathRequest: {
    tableType: field('int32', 1),
    name: field('string', 2),
    family: field('Family', 3),
    enableOnlyBinary: field('bool', 9),
  },
  ListPathResponse: { destination: field('Destination', 1) },
  Destination: { paths: list('Path', 2) },
  WatchEventRequest: { peer: field('Nothing', 1) },
  WatchEventResponse: { peer: field('PeerEvent', 2) },
  PeerEvent: { type: field('int32', 1) },
  ListPeerRequest: {},
  ListPeerResponse: { peer: field('Peer', 1) },
  Peer: { state: field('PeerState', 5) },
  PeerState: {
    neighborAddress: field('string', 5),
    peerAsn: field('uint32', 6),
    sessionState: field('int32', 13),
  },
};

const methods = {
  GetBgp: { requestType: 'Nothing', responseType: 'Nothing' },
  WatchEvent: {
    requestType: 'WatchEventRequest',
    responseType: 'WatchEventResponse',
    responseStream: true,
  },
  ListPeer: { requestType: 'ListPeerRequest', responseType: 'ListPeerResponse', responseStream: true },
  ListPath: { requestType: 'ListPathRequest', responseType: 'ListPathResponse', responseStream: true },
  AddPathStream: { requestType: 'AddPathStreamRequest', responseType: 'Nothing', requestStream: true },
};

/** As protobufjs takes it. */
export function apiOf(version: GobgpVersion) {
  const { package: name, service } = dialects[version];
  const types: Record<string, object> = { [service]: { methods } };
  for (const [message, fields] of Object.entries(messages)) types[message] = { fields };
  return { nested: { [name]: { nested: types } } };
}

export interface ApiFamily {
  readonly afi: number;
  readonly safi: number;
}

export interface ApiPath {
  readonly isWithdraw?: boolean;
  readonly family: ApiFamily;
  readonly isFromExternal?: boolean;
  readonly neighborIp?: string;
  readonly uuid?: Uint8Array;
  readonly nlriBinary: Uint8Array;
  readonly pattrsBinary?: readonly Uint8Array[];
}
