/**
 * A program at TC egress (clsact), beside whatever else is there. libbpf 1.1 has no links for it, so what marks our
 * filter is its priority, its handle and the program's name; a filter of anybody else is neither replaced nor removed.
 */
import { programName } from './xdp-link.ts';
import { libbpf } from './libbpf.ts';
import { errorText } from './libc.ts';

const egress = 2;
const replace = 1;
const alreadyThere = -17;
/** The highest that there is: after everybody else's. */
const priority = 0xc000;
const handle = 0x7467;

// struct bpf_tc_hook.
function hookOf(interfaceIndex: number): Uint8Array {
  const hook = new DataView(new ArrayBuffer(24));
  hook.setBigUint64(0, 24n, true);
  hook.setInt32(8, interfaceIndex, true);
  hook.setUint32(12, egress, true);
  return new Uint8Array(hook.buffer);
}

// struct bpf_tc_opts: size, program descriptor, flags, program id, handle, priority.
function optionsOf(fields: { readonly program?: number; readonly flags?: number }): DataView {
  const options = new DataView(new ArrayBuffer(32));
  options.setBigUint64(0, 32n, true);
  options.setInt32(8, fields.program ?? 0, true);
  options.setUint32(12, fields.flags ?? 0, true);
  options.setUint32(20, handle, true);
  options.setUint32(24, priority, true);
  return options;
}

const bytesOf = (view: DataView): Uint8Array => new Uint8Array(view.buffer);

/** Whose program stands in our place: its name, empty for none. */
function present(interfaceIndex: number): string {
  const options = optionsOf({});
  if (libbpf().tcQuery(hookOf(interfaceIndex), bytesOf(options)) < 0) return '';
  return programName(options.getUint32(16, true));
}

/** Puts the program on the outgoing side, in the place of one of the same name. Returns why not, or null. */
export function attachEgress(program: number, name: string, interfaceIndex: number): string | null {
  const hook = hookOf(interfaceIndex);
  const created = libbpf().tcHookCreate(hook);
  if (created < 0 && created !== alreadyThere) return errorText(created);
  const found = present(interfaceIndex);
  if (found !== '' && found !== name) return `its place is taken by ${found}`;
  const code = libbpf().tcAttach(hook, bytesOf(optionsOf({ program, flags: found === '' ? 0 : replace })));
  return code < 0 ? errorText(code) : null;
}

/** Takes the program of this name off again; no error where it is not there. */
export function detachEgress(name: string, interfaceIndex: number): void {
  if (present(interfaceIndex) !== name) return;
  libbpf().tcDetach(hookOf(interfaceIndex), bytesOf(optionsOf({})));
}
