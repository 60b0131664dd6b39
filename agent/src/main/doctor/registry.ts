/** The checks, in the order in which they are made and shown: one line each. */
import type { Check } from './check.ts';
import { agent } from './checks/agent.ts';
import { auditSpool } from './checks/audit-spool.ts';
import { bgpSpeakers } from './checks/bgp-speakers.ts';
import { bpfJit } from './checks/bpf-jit.ts';
import { bpffs } from './checks/bpffs.ts';
import { capabilities } from './checks/capabilities.ts';
import { clock } from './checks/clock.ts';
import { configuration } from './checks/configuration.ts';
import { controllerAddress } from './checks/controller-address.ts';
import { controllerClock } from './checks/controller-clock.ts';
import { controllerReachable } from './checks/controller-reachable.ts';
import { interfaceCapture } from './checks/interface-capture.ts';
import { interfaceDriver } from './checks/interface-driver.ts';
import { interfaceLink } from './checks/interface-link.ts';
import { interfaceMtu } from './checks/interface-mtu.ts';
import { interfaceXdp } from './checks/interface-xdp.ts';
import { kernelBtf } from './checks/kernel-btf.ts';
import { kernelVersion } from './checks/kernel-version.ts';
import { libbpf } from './checks/libbpf.ts';
import { libnftables } from './checks/libnftables.ts';
import { libpcap } from './checks/libpcap.ts';
import { nftables } from './checks/nftables.ts';
import { nodeVersion } from './checks/node-version.ts';
import { runFolder } from './checks/run-folder.ts';
import { stateFolder } from './checks/state-folder.ts';
import { stopAll } from './checks/stop-all.ts';
import { xdpProgram } from './checks/xdp-program.ts';

export const checks: readonly Check[] = [
  configuration,
  nodeVersion,
  capabilities,
  kernelVersion,
  kernelBtf,
  bpffs,
  bpfJit,
  libbpf,
  libnftables,
  libpcap,
  xdpProgram,
  interfaceLink,
  interfaceDriver,
  interfaceXdp,
  interfaceMtu,
  interfaceCapture,
  nftables,
  stateFolder,
  runFolder,
  clock,
  controllerAddress,
  controllerReachable,
  controllerClock,
  bgpSpeakers,
  agent,
  stopAll,
  auditSpool,
];
