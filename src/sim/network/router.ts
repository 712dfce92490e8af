/** A router: it forwards along the shortest path, and says by ICMP why it does not. It keeps no state of what it forwards. */

import type { Clock } from '../../clock.ts';
import { copyWithPast } from '../../net/fates.ts';
import type { Frame } from '../../net/index.ts';
import {
  checksum,
  decodeIp,
  encodePacketTooBig,
  encodeTimeExceeded,
  encodeUnreachable,
  type IpAddress,
  type IpPacket,
  ipHeaderLength,
  mayAnswerWithIcmpError,
  UNREACHABLE_CODE,
} from '../../wire/index.ts';
import type { RouterOptions } from './topology.ts';

export type RouterFault = 'malformed' | 'hop-limit' | 'too-big' | 'no-route';

export type RouterCounts = Record<RouterFault | 'forwarded' | 'icmp-sent', number>;

/** Where a frame goes next. */
export interface Hop {
  readonly mtu: number;
  offer(frame: Frame): void;
}

export interface RouterHost {
  readonly clock: Pick<Clock, 'now'>;
  /** The addresses that its ICMP messages come from. */
  readonly addresses: { readonly 4: IpAddress; readonly 6: IpAddress };
  next(destination: IpAddress): Hop | undefined;
}

/** RFC 4443 section 2.4 (f) and RFC 1812 section 4.3.2.8 ask for a bound. */
const ERRORS_A_SECOND = 100;

/** Field offsets of RFC 791 section 3.1 and RFC 8200 section 3. */
const IPV4_HOP_LIMIT = 8;
const IPV4_CHECKSUM = 10;
const IPV6_HOP_LIMIT = 7;

export class SimulatedRouter {
  readonly counts: RouterCounts = {
    forwarded: 0,
    'icmp-sent': 0,
    malformed: 0,
    'hop-limit': 0,
    'too-big': 0,
    'no-route': 0,
  };
  readonly #host: RouterHost;
  readonly #tells: boolean;
  #errorsSinceMs = Number.NEGATIVE_INFINITY;
  #errors = 0;

  constructor({ icmp = true }: RouterOptions, host: RouterHost) {
    this.#host = host;
    this.#tells = icmp;
  }

  arrive(frame: Frame): void {
    const packet = decodeIp(frame);
    // RFC 1812 section 5.2.2: what is damaged goes no further, and nobody is told. Damage behind the header is the ends' to find.
    if (packet.kind === 'malformed') return this.#drop('malformed');
    const code = UNREACHABLE_CODE[packet.version];
    const hop = this.#host.next(packet.dst);
    if (!hop)
      return this.#drop('no-route', packet, () => encodeUnreachable(packet, code.network, this.#own(packet)));
    if (packet.hopLimit <= 1)
      return this.#drop('hop-limit', packet, () => encodeTimeExceeded(packet, 0, this.#own(packet)));
    // Nothing is cut: every segment of a stack here forbids it, so that the sender learns the path's MTU (RFC 1191).
    if (packet.end > hop.mtu)
      return this.#drop('too-big', packet, () => encodePacketTooBig(packet, hop.mtu, this.#own(packet)));
    this.counts.forwarded++;
    hop.offer(withHopLimit(packet, packet.hopLimit - 1));
  }

  #drop(why: RouterFault, packet?: IpPacket, error?: () => Frame): void {
    this.counts[why]++;
    if (!this.#tells || !packet || !error || !mayAnswerWithIcmpError(packet) || !this.#mayTell()) return;
    const hop = this.#host.next(packet.src);
    if (!hop) return;
    this.counts['icmp-sent']++;
    hop.offer(error());
  }

  #own({ version }: IpPacket): IpAddress {
    return this.#host.addresses[version];
  }

  #mayTell(): boolean {
    const nowMs = this.#host.clock.now();
    if (nowMs - this.#errorsSinceMs >= 1_000) {
      this.#errorsSinceMs = nowMs;
      this.#errors = 0;
    }
    return ++this.#errors <= ERRORS_A_SECOND;
  }
}

/** A copy, since whoever watches the sender may still look at its frame. */
function withHopLimit({ bytes, version }: IpPacket, hopLimit: number): Frame {
  const frame = copyWithPast(bytes);
  if (version === 6) {
    frame[IPV6_HOP_LIMIT] = hopLimit;
    return frame;
  }
  frame[IPV4_HOP_LIMIT] = hopLimit;
  frame[IPV4_CHECKSUM] = 0;
  frame[IPV4_CHECKSUM + 1] = 0;
  const length = Math.max(ipHeaderLength(4), (frame[0]! & 0x0f) << 2);
  const sum = checksum(frame, 0, length);
  frame[IPV4_CHECKSUM] = sum >>> 8;
  frame[IPV4_CHECKSUM + 1] = sum & 0xff;
  return frame;
}
