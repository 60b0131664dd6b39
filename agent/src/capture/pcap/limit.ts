/** How far libpcap goes, as `npm run bench -- pcap` measured it: said wherever a person may have to know it. */

/** Packets a second of one interface of which all were counted by target, on two cores with other work on them. */
const countedPerSecondMeasured = 50_000;

export const limitNote = `libpcap counts about ${countedPerSecondMeasured.toLocaleString('en')} packets/s of an interface (measured on two cores; npm run bench -- pcap measures it here); beyond, a share is counted as uncounted`;
