/** `tidegate-agent speaker`: owns the routes of a site, for many agents. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReconnectingSpeaker } from '../actions/bgp/reconnecting.ts';
import { RouteKeeper } from '../actions/bgp/keeper/index.ts';
import { SiteDesk } from '../actions/bgp/site/desk.ts';
import { serveSite } from '../actions/bgp/site/server.ts';
import { createLog } from './log.ts';
import type { SiteSettings } from './speakers.ts';
import { openSpeaker, speakerName } from './upstream.ts';

/** Until SIGTERM or SIGINT. Routes stay to the end of their leases: whoever starts next takes over. */
export async function runSite(settings: SiteSettings): Promise<void> {
  const { stateDir, listen, speaker: place, perAgent, agents, ttlMsMax } = settings;
  const log = createLog(settings.logLevel);
  // A clock that jumps prolongs no lease of this process.
  const startedMs = Date.now() - performance.now();
  const wallMs = (): number => startedMs + performance.now();
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const speaker = new ReconnectingSpeaker({
    name: speakerName(place),
    connect: async () => await openSpeaker(place),
  });
  const path = join(stateDir, 'routes.json');
  const keeper = new RouteKeeper({ speaker, path, rails: place.rails, wallMs, log });
  void keeper.start();
  const desk = new SiteDesk(keeper, { ...perAgent, ttlMsMax, agents }, { wallMs, log });
  const server = await serveSite(desk, {
    ...{ host: listen.host, port: listen.port, log },
    tls: {
      cert: readFileSync(listen.certificate),
      key: readFileSync(listen.key),
      ca: readFileSync(listen.clientCa),
    },
  });
  log.info('the site speaker listens', { url: server.url, speaker: speaker.name });
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.once(signal, () => {
        resolve();
      });
  });
  await server.close();
  await keeper.close();
  speaker.close();
}
