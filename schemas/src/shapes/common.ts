/**
 * Building blocks that every shape shares: names, addresses, digests, times, amounts.
 *
 * These are build-time sources: the JSON Schema files, the standalone validators and the TypeScript types
 * follow from them. Nothing that runs on an agent may import this file for its values.
 */
import { Type, type Static, type TProperties, type TSchema } from 'typebox';

/** An object that refuses unknown keys: every shape of ours is strict. */
export const strict = <const Properties extends TProperties>(properties: Properties, description: string) =>
  Type.Object(properties, { additionalProperties: false, description });

/** The description that a shape was given. TypeBox keeps options out of its static types. */
export const descriptionOf = (shape: TSchema): string =>
  (shape as { description?: string }).description ?? '';

export const Name = Type.String({
  pattern: '^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$',
  maxLength: 63,
  description: 'A name: lower-case letters, digits, dot, dash and underscore, at most 63 characters.',
});

export const Cidr = Type.String({
  pattern: '^[0-9A-Fa-f:.]+/[0-9]{1,3}$',
  maxLength: 49,
  description: 'An IPv4 or IPv6 prefix in CIDR notation with no host bits set, such as 203.0.113.0/24.',
});

export const Address = Type.String({
  pattern: '^[0-9A-Fa-f:.]+$',
  maxLength: 45,
  description: 'An IPv4 or IPv6 address without a prefix length.',
});

export const Target = Type.String({
  pattern: '^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$',
  maxLength: 49,
  description:
    'What is attacked: an address, or a prefix in CIDR notation where the attack is spread over its addresses.',
});

export const Digest = Type.String({
  pattern: '^sha256:[0-9a-f]{64}$',
  description: 'A SHA-256 digest, written sha256: and 64 lower-case hexadecimal digits.',
});

export const Timestamp = Type.String({
  pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$',
  description: 'A UTC time with milliseconds, RFC 3339, such as 2026-01-31T03:04:05.678Z.',
});

export const Counter64 = Type.String({
  pattern: '^(0|[1-9][0-9]{0,19})$',
  description: 'A 64-bit counter as a decimal string, because JSON numbers are exact only to 2^53.',
});

export const Base64 = Type.String({
  pattern: '^[A-Za-z0-9+/]*={0,2}$',
  maxLength: 65536,
  description: 'Bytes in base64 with padding (RFC 4648, section 4).',
});

export const SecretRef = Type.String({
  pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$',
  maxLength: 4096,
  description: 'A reference to a secret: env:NAME or file:PATH.',
});

export const PublicKey = Type.String({
  pattern: '^[A-Za-z0-9+/]{43}=$',
  description: 'A raw 32-byte Ed25519 public key (RFC 8032) in base64.',
});

export const Signature = Type.String({
  pattern: '^[A-Za-z0-9+/]{86}==$',
  description: 'A raw 64-byte Ed25519 signature (RFC 8032) in base64.',
});

export const KeyId = Type.String({
  pattern: '^[0-9a-f]{16}$',
  description: 'The first 16 hexadecimal digits of the SHA-256 of the raw public key.',
});

export const Commit = Type.String({
  pattern: '^[0-9a-f]{40}([0-9a-f]{24})?$',
  description: 'A git commit id, SHA-1 or SHA-256.',
});

export const Mode = Type.Enum(['observe', 'enforce'], {
  description: 'observe counts and reports what would have been done; enforce does it.',
});
export type Mode = Static<typeof Mode>;

export const FeedAction = Type.Enum(['count', 'drop'], {
  description: 'count marks packets from what a feed lists; drop also drops them in the mode enforce.',
});

export const NotificationOccasion = Type.Enum(['opened', 'answered', 'failed', 'closed'], {
  description:
    'opened: an incident began; answered: what was done against it, and what of that was verified; failed: an action failed or was refused; closed: it is over.',
});
export type NotificationOccasion = Static<typeof NotificationOccasion>;

export const Family = Type.String({
  pattern: '^[a-z][a-z0-9_]{1,47}$',
  description: 'The name of an attack family, such as syn_flood or dns_amplification.',
});

export const InterfaceName = Type.String({
  pattern: '^[^/\\s]{1,15}$',
  description: 'The name of a network interface, such as eth0.',
});

/** Labels, name to value. */
export const LabelMap = (
  description: string,
  sizes: { minProperties?: number; maxProperties?: number } = {},
) =>
  Type.Record(
    Type.String({ pattern: '^[a-z0-9]([a-z0-9._/-]{0,61}[a-z0-9])?$' }),
    Type.String({ maxLength: 63, description: 'The value of the label, at most 63 characters.' }),
    { description, ...sizes },
  );

export const Labels = LabelMap('Labels of a node, name to value.');
