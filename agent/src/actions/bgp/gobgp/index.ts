/** GoBGP, through its gRPC interface. Version 3 is tested against Debian's gobgpd; version 4 is untested. */
import { TidegateError } from '@tidegate/schemas';
import { decodeRoute, encodeRoute, wireKey } from '@tidegate/schemas/bgp';
import type { BgpRoute, WireRoute } from '@tidegate/schemas/bgp';
import { flowspecProblems } from '@tidegate/schemas/flowspec';
import type { BgpSpeaker, Neighbour, SpokenRoute } from '../speaker.ts';
import { dialects, established, stateEvent } from './api.ts';
import type { ApiPath } from './api.ts';
import { connectGobgp } from './connection.ts';
import type { GobgpConnection, GobgpOptions } from './connection.ts';

export type { GobgpOptions } from './connection.ts';

/** Routes in one message; several go without waiting for each. */
const routesPerMessage = 100;
/** All that our routes may be of. */
const families = [
  { afi: 1, safi: 133 },
  { afi: 2, safi: 133 },
  { afi: 1, safi: 1 },
  { afi: 2, safi: 1 },
] as const;

/** Rejects with TG2017 where nobody answers. */
export async function connectToGobgp(options: GobgpOptions): Promise<BgpSpeaker> {
  return new GobgpSpeaker(await connectGobgp(options), options.address);
}

class GobgpSpeaker implements BgpSpeaker {
  readonly name: string;
  readonly #connection: GobgpConnection;

  constructor(connection: GobgpConnection, address: string) {
    this.#connection = connection;
    this.name = `GoBGP ${connection.version} at ${address}`;
  }

  async announce(routes: readonly BgpRoute[]): Promise<void> {
    for (const route of routes) check(route);
    await this.#send(routes.map((route) => pathOf(encodeRoute(route), false)));
  }

  async withdraw(routes: readonly BgpRoute[]): Promise<void> {
    await this.#send(routes.map((route) => pathOf(encodeRoute(route), true)));
  }

  async #send(paths: readonly ApiPath[]): Promise<void> {
    if (paths.length === 0) return;
    const { global } = dialects[this.#connection.version].tables;
    const messages = Array.from({ length: Math.ceil(paths.length / routesPerMessage) }, (_, index) => ({
      tableType: global,
      paths: paths.slice(index * routesPerMessage, (index + 1) * routesPerMessage),
    }));
    await this.#connection.call('AddPathStream', messages);
  }

  async routes(): Promise<SpokenRoute[]> {
    const { global } = dialects[this.#connection.version].tables;
    const own = (await this.#paths(global, '')).filter(isOwn);
    return own.map((path) => {
      const reading = decodeRoute(wireOf(path));
      return { key: keyOf(path), route: reading.ok ? reading.route : null };
    });
  }

  async neighbours(): Promise<Neighbour[]> {
    const answers = (await this.#connection.call('ListPeer', [{}])) as readonly ListPeerResponse[];
    return answers.flatMap(({ peer }) =>
      peer?.state === null || peer === null
        ? []
        : [
            {
              address: peer.state.neighborAddress,
              asNumber: peer.state.peerAsn,
              isEstablished: peer.state.sessionState === established,
            },
          ],
    );
  }

  async advertised({ address }: Neighbour): Promise<ReadonlySet<string>> {
    const { adjOut } = dialects[this.#connection.version].tables;
    return new Set((await this.#paths(adjOut, address)).map(keyOf));
  }

  async #paths(tableType: number, name: string): Promise<ApiPath[]> {
    const tables = await Promise.all(
      families.map(
        async (family) =>
          await this.#connection.call('ListPath', [{ tableType, name, family, enableOnlyBinary: true }]),
      ),
    );
    return (tables.flat() as readonly ListPathResponse[]).flatMap(
      ({ destination }) => destination?.paths ?? [],
    );
  }

  watch(changed: () => void): () => void {
    let isOver = false;
    const tell = (): void => {
      if (isOver) return;
      end();
      changed();
    };
    const answer = (value: unknown): void => {
      if ((value as WatchEventResponse).peer?.type === stateEvent) tell();
    };
    const cancel = this.#connection.watch('WatchEvent', { peer: {} }, { answer, end: tell });
    const end = (): void => {
      isOver = true;
      cancel();
    };
    return end;
  }

  close(): void {
    this.#connection.close();
  }
}

interface WatchEventResponse {
  readonly peer: { readonly type: number } | null;
}

interface ListPeerResponse {
  readonly peer: {
    readonly state: {
      readonly neighborAddress: string;
      readonly peerAsn: number;
      readonly sessionState: number;
    } | null;
  } | null;
}

interface ListPathResponse {
  readonly destination: { readonly paths: readonly ApiPath[] } | null;
}

function check(route: BgpRoute): void {
  if (route.kind === 'blackhole') return;
  const [problem] = flowspecProblems(route.rule);
  if (problem !== undefined) throw new TidegateError('TG2019', `${problem.path}: ${problem.message}`);
}

const pathOf = ({ afi, safi, nlri, attributes }: WireRoute, isWithdraw: boolean): ApiPath => ({
  family: { afi, safi },
  isWithdraw,
  nlriBinary: nlri,
  pattrsBinary: attributes,
});

/** What a neighbour announced has its address. */
const isOwn = ({ neighborIp, isFromExternal }: ApiPath): boolean =>
  isFromExternal !== true && (neighborIp === undefined || neighborIp === '' || neighborIp === '<nil>');

const wireOf = ({ family, nlriBinary, pattrsBinary = [] }: ApiPath): WireRoute => ({
  afi: family.afi === 2 ? 2 : 1,
  safi: family.safi === 133 ? 133 : 1,
  nlri: Uint8Array.from(nlriBinary),
  attributes: pattrsBinary.map((bytes) => Uint8Array.from(bytes)),
});

const keyOf = (path: ApiPath): string => wireKey(wireOf(path));
