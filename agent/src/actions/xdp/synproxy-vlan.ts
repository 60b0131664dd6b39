/**
 * VLANs whose tags the card takes off before the XDP program sees the frame: an answer sent back from there would go
 * out without a tag, to another network. In generic mode the kernel keeps the tag beside the frame, and puts it back.
 */
import { existsSync, readFileSync } from 'node:fs';
import { takesVlanTagsOff } from '../../kernel/offloads.ts';

const table = '/proc/thread-self/net/vlan/config';
/** `eth0.7  | 7  | eth0` */
const lineForm = /^(\S+)\s*\|\s*\d+\s*\|\s*(\S+)\s*$/;

/** Interfaces of VLANs above the given ones whose tags nobody sees. */
export function hiddenVlans(interfaces: readonly string[]): string[] {
  if (!existsSync(table)) return [];
  const vlans = vlansAbove(readFileSync(table, 'latin1'), interfaces);
  return vlans.filter(({ below }) => takesVlanTagsOff(below)).map(({ name }) => name);
}

/** What the kernel's table says of these interfaces. */
export function vlansAbove(text: string, interfaces: readonly string[]): { name: string; below: string }[] {
  return text.split('\n').flatMap((line) => {
    const [, name, below] = lineForm.exec(line) ?? [];
    return name !== undefined && below !== undefined && interfaces.includes(below) ? [{ name, below }] : [];
  });
}
