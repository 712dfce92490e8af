/**
 * The names that scripts have for ICMP types and codes, of both versions (RFC 792 with RFC 1122 and 1812, RFC 4443).
 */

interface TypeEntry {
  readonly type: number;
  readonly codes?: Readonly<Record<string, number>>;
}

const V4: Readonly<Record<string, TypeEntry>> = {
  echo_reply: { type: 0 },
  unreachable: {
    type: 3,
    codes: {
      net_unreachable: 0,
      host_unreachable: 1,
      protocol_unreachable: 2,
      port_unreachable: 3,
      frag_needed: 4,
      source_route_failed: 5,
      net_unknown: 6,
      host_unknown: 7,
      source_host_isolated: 8,
      net_prohibited: 9,
      host_prohibited: 10,
      net_unreachable_for_tos: 11,
      host_unreachable_for_tos: 12,
      packet_filtered: 13,
      precedence_violation: 14,
      precedence_cutoff: 15,
    },
  },
  source_quench: { type: 4 },
  redirect: { type: 5, codes: { net: 0, host: 1, net_for_tos: 2, host_for_tos: 3 } },
  echo_request: { type: 8 },
  time_exceeded: {
    type: 11,
    codes: { exceeded_in_transit: 0, ttl_exceeded: 0, reassembly_time_exceeded: 1 },
  },
  parameter_problem: { type: 12 },
  timestamp_request: { type: 13 },
  timestamp_reply: { type: 14 },
  information_request: { type: 15 },
  information_reply: { type: 16 },
  address_mask_request: { type: 17 },
  address_mask_reply: { type: 18 },
};

const V6: Readonly<Record<string, TypeEntry>> = {
  unreachable: {
    type: 1,
    codes: {
      no_route: 0,
      admin_prohibited: 1,
      not_neighbour: 2,
      not_neighbor: 2,
      address_unreachable: 3,
      port_unreachable: 4,
    },
  },
  packet_too_big: { type: 2 },
  time_exceeded: {
    type: 3,
    codes: { exceeded_in_transit: 0, exceed_hopcount: 0, reassembly_time_exceeded: 1 },
  },
  parameter_problem: { type: 4, codes: { header_field: 0, next_header: 1, unknown_option: 2 } },
  echo_request: { type: 128 },
  echo_reply: { type: 129 },
};

/** The number of a type by its name; undefined if that version has none. */
export function icmpTypeOf(version: 4 | 6, name: string): number | undefined {
  return (version === 4 ? V4 : V6)[name]?.type;
}

/** The number of a code by its name, within a type. */
export function icmpCodeOf(version: 4 | 6, type: string, code: string): number | undefined {
  return (version === 4 ? V4 : V6)[type]?.codes?.[code];
}

/** `unreachable host_unreachable`, or numbers where there is no name. */
export function describeIcmp(version: 4 | 6, type: number, code: number): string {
  const found = Object.entries(version === 4 ? V4 : V6).find(([, entry]) => entry.type === type);
  if (!found) return `${type} ${code}`;
  const [name, entry] = found;
  const codeName = Object.entries(entry.codes ?? {}).find(([, value]) => value === code)?.[0];
  return codeName === undefined && code === 0 ? name : `${name} ${codeName ?? code}`;
}
