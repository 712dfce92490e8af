/** The codecs of `statewire/wire`: frames of IPv4, IPv6, ICMP, ICMPv6 and TCP to values and back. They depend on nothing. */

export { IpAddress, type IpVersion, inPrefix, parseAddress, parseCidr } from './address.ts';
export { NO_BYTES } from './bytes.ts';
export { checksum, fold, onesSum, pseudoHeaderSum } from './checksum.ts';
export { ECN, ecnOf, markCongestion } from './ecn.ts';
export {
  decodeFragment,
  type Fragment,
  fragmentDatagram,
  fragmentLength,
  joinFragments,
  lacksHeaders,
} from './fragment.ts';
export {
  decodeIcmp,
  encodeEchoReply,
  encodeEchoRequest,
  encodePacketTooBig,
  encodeParameterProblem,
  encodeTimeExceeded,
  encodeUnreachable,
  type IcmpEcho,
  type IcmpError,
  type IcmpMessage,
  type IcmpOther,
  mayAnswerWithIcmpError,
  UNREACHABLE_CODE,
} from './icmp.ts';
export { decodeQuoted, type QuotedSegment } from './icmp-quoted.ts';
export {
  decodeIp,
  type IpHeader,
  type IpHeaderFields,
  type IpPacket,
  ipHeaderLength,
  PROTOCOL,
  writeIpHeader,
} from './ip.ts';
export { type Ipv6Problem, ipv6Problem } from './ipv6-problem.ts';
export { DROP_REASONS, type DropReason, MALFORMED, type Malformed } from './malformed.ts';
export {
  decodeTcp,
  describeFlags,
  encodeTcp,
  FLAG,
  TCP_HEADER_LENGTH,
  type TcpSegment,
  tcpFrameLength,
  writeTcp,
} from './tcp.ts';
export {
  decodeTcpOptions,
  encodedTcpOptionsLength,
  MAX_OPTIONS_LENGTH,
  NO_OPTIONS,
  type SackBlock,
  type TcpOptions,
  type Timestamps,
  type UserTimeout,
  writeTcpOptions,
} from './tcp-options.ts';
export {
  completeTcp,
  type JoinedTcp,
  joinedTcp,
  joinsTcp,
  joinTcp,
  splitTcp,
  verifiesTcp,
} from './tcp-split.ts';
