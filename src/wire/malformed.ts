/** Why a decoder did not take a frame. Each is a counter's name (`drop.tcp.checksum`), so they are stable. */
export const DROP_REASONS = [
  'empty',
  'ip.version',
  'ipv4.truncated',
  'ipv4.header-length',
  'ipv4.checksum',
  'ipv4.total-length',
  'ipv4.fragment',
  'ipv6.truncated',
  'ipv6.extension-length',
  'ipv6.extension-order',
  'ipv6.unknown-option',
  'ipv6.routing',
  'ipv6.fragment',
  'ipv6.no-next-header',
  'icmp.version',
  'icmp.truncated',
  'icmp.checksum',
  'icmp.quoted',
  'tcp.truncated',
  'tcp.checksum',
  'tcp.data-offset',
  'tcp.option-length',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** What a decoder returns in place of a value. Decoders never throw, whatever the bytes. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly reason: DropReason;
}

/** One value a reason, made once: a flood of bad frames allocates nothing. */
export const MALFORMED = Object.freeze(
  Object.fromEntries(DROP_REASONS.map((reason) => [reason, Object.freeze({ kind: 'malformed', reason })])),
) as { readonly [R in DropReason]: Malformed };
