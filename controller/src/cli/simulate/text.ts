import { seconds } from '@tidegate/agent/engine/simulate';
import type { Simulation } from '@tidegate/schemas';
import { duration, grouped } from '../analyze/format.ts';
import { collateralLine, incidentLines, volumeLine } from './words.ts';

/** The report of a simulation for people. */
export function simulationText(simulation: Simulation): string {
  const { group, mode, traffic, incidents, packets, collateral, labelled, diff } = simulation;
  const lost = traffic.windowsLost === 0 ? '' : `, ${grouped(traffic.windowsLost)} missing`;
  const lines = [
    `Policy of ${group} (${mode}) on a ${traffic.kind} of ${duration(traffic.durationMs)} from ${traffic.startedAt}: ${grouped(traffic.windows)} windows${lost}`,
    '',
    ...(incidents.length === 0 ? ['no incident'] : incidentLines(incidents)),
    '',
    volumeLine(packets),
    collateralLine(collateral),
    ...(labelled === null ? [] : labelledLines(labelled)),
    ...(diff === null ? [] : ['', ...diffLines(diff)]),
  ];
  return `${lines.join('\n')}\n`;
}

function labelledLines(labelled: NonNullable<Simulation['labelled']>): string[] {
  const missed = labelled.filter(({ incident }) => incident === null);
  return [
    `labelled attacks: ${labelled.length}, detected ${labelled.length - missed.length}`,
    ...missed
      .slice(0, shownMax)
      .map(
        ({ family, target, startedAtMs }) => `  missed: ${family} on ${target} from ${seconds(startedAtMs)}`,
      ),
  ];
}

function diffLines({
  base,
  newlyTriggered,
  noLongerTriggered,
  packets,
  collateral,
}: NonNullable<Simulation['diff']>): string[] {
  const told = (sign: string, list: typeof newlyTriggered): string[] =>
    list
      .slice(0, shownMax)
      .map(
        ({ trigger, family, target, atMs }) =>
          `  ${sign} ${seconds(atMs)}: ${trigger} for ${family} on ${target}`,
      );
  return [
    `against ${base.slice(0, 12)}:`,
    `  newly triggered: ${newlyTriggered.length}, no longer triggered: ${noLongerTriggered.length}`,
    ...told('+', newlyTriggered),
    ...told('-', noLongerTriggered),
    `  there ${volumeLine(packets)}`,
    `  there ${collateralLine(collateral)}`,
  ];
}

/** Lines of one kind; the JSON has them all. */
const shownMax = 20;
