/** The 145 rows of RFC 9293. */

import { met, notApplicable, notMet, type Status } from './status-kinds.ts';

const SOURCE_ROUTES =
  'IPv4 source routes are not supported: RFC 7126 section 4.3 advises to drop packets that have one, and networks do';
const NO_PUSH = 'SEND has no PUSH flag, and needs none: the last segment of what is queued carries PSH';
const OWN_DUTY = 'a duty of applications, not of a stack';

export const STATUS_9293: Readonly<Record<string, Status>> = {
  // Header and options.
  'MUST-1': met('src/wire/tcp.ts decodeTcp'),
  'REC-1': met('src/tcp/tcb.ts Snd', 'numbers hold 53 bits without loss'),
  'MUST-2': met('src/wire/tcp.ts encodeTcp'),
  'MUST-3': met('src/wire/tcp.ts decodeTcp'),
  'MUST-4': met('src/wire/tcp-options.ts decodeTcpOptions'),
  'MUST-5': met('src/wire/tcp.ts decodeTcp'),
  'MUST-6': met('src/wire/tcp-options.ts decodeTcpOptions'),
  'MUST-7': met('src/wire/tcp-options.ts decodeTcpOptions', 'the segment is dropped and counted'),
  'MUST-68': met('src/wire/tcp-options.ts decodeTcpOptions'),
  'MUST-69': met(
    'src/wire/tcp-options.ts writeTcpOptions',
    'padding is by NOPs in front, so that no EOL is sent',
  ),
  'MUST-64': met('src/wire/tcp-options.ts decodeTcpOptions'),
  'MUST-65': met('src/tcp/emit.ts emitSyn'),
  'R9293-1': met('src/wire/tcp.ts encodeTcp'),
  'R9293-2': met('src/wire/tcp.ts encodeTcp'),
  'R9293-3': met('src/tcp/seq.ts add'),

  // Opening.
  'MUST-8': met('src/stack/iss.ts initialSequenceNumber'),
  'SHLD-1': met('src/stack/iss.ts initialSequenceNumber'),
  'MUST-9': met('src/stack/keyed-hash.ts keyedHash', 'BLAKE2s with a secret key'),
  'R9293-4': notMet(
    'no quiet time is kept: the clock and a fresh secret key begin each stack’s ISNs at a place of their own, and old segments meet the window test',
  ),
  'MUST-10': met('src/tcp/arrives-handshake.ts synSent'),
  'MUST-11': met('src/tcp/tcb.ts origin'),
  'R9293-5': met('src/tcp/arrives-handshake.ts holdText'),
  'MUST-41': met('src/stack/tuples.ts listenPort'),
  'MUST-42': met('src/stack/tuples.ts listenPort'),
  'MUST-43': met('src/stack/options.ts localAddress'),
  'MUST-44': met('src/stack/addresses.ts sourceFor'),
  'MUST-45': met('src/stack/transmit.ts transmit'),
  'MUST-46': met('src/stack/addresses.ts remote'),
  'MUST-57': met('src/net/pipeline.ts decodeFrame'),
  'MUST-63': met('src/net/pipeline.ts decodeFrame'),

  // Resets.
  'SHLD-2': met('src/tcp/arrives.ts checkReset'),
  'R9293-6': met('src/tcp/reset.ts segmentArrivesInClosed'),
  'R9293-7': met('src/tcp/reset.ts resetFor'),
  'R9293-8': met('src/tcp/arrives.ts checkAck'),
  'R9293-9': met('src/tcp/arrives.ts checkSequence'),
  'R9293-10': met('src/tcp/arrives.ts checkReset'),
  'R9293-17': met('src/tcp/arrives.ts checkSequence'),
  'R9293-18': met('src/tcp/arrives.ts checkReset'),
  'R9293-19': met('src/tcp/challenge.ts challenge'),
  'R9293-20': met('src/tcp/arrives.ts checkSyn'),
  'R9293-21': met('src/tcp/acceptable.ts ackInRange'),
  'R9293-22': notMet(
    'the ACK alone decides, as RFC 5961 section 3.2 has it: RCV.NXT is unset in SYN-SENT, so that nothing can be compared with it',
  ),
  'MAY-12': met('src/tcp/acceptable.ts ackInRange'),

  // Closing.
  'MUST-12': met('src/stack/connection.ts ended'),
  'MAY-1': met('src/tcp/calls.ts close', '`close()`; `shutdown()` goes on reading'),
  'SHLD-3': met('src/tcp/calls.ts close'),
  'MUST-13': met('machines/connection/synchronized.ts twoMsl'),
  'MAY-2': met('src/tcp/arrives-handshake.ts returnToTimeWait'),
  'SHLD-4': met('src/tcp/arrives-handshake.ts reopens'),
  'R9293-16': met('src/tcp/output.ts sendText'),

  // MSS.
  'MUST-14': met('src/tcp/emit.ts synOptions'),
  'SHLD-5': met('src/tcp/emit.ts synOptions'),
  'MAY-3': met('src/tcp/emit.ts synOptions'),
  'MUST-15': met('src/tcp/establish.ts agree'),
  'MUST-16': met('src/tcp/emit.ts effectiveMss'),
  'MUST-67': met('src/stack/settings.ts connectionSettings'),
  'SHLD-6': notApplicable('the MTU of a device is the same for every packet'),
  'R9293-11': met('src/tcp/emit.ts effectiveMss'),
  'R9293-12': met(
    'src/tcp/path-mtu.ts narrow',
    'probing by `mtuProbing`, in black holes unless told otherwise',
  ),

  // Sending.
  'SHLD-7': met('src/tcp/output.ts worthSending'),
  'MUST-17': met('src/stack/options.ts noDelay'),
  'MUST-38': met('src/tcp/output.ts worthSending'),
  'R9293-14': met('src/tcp/output.ts worthSending'),
  'MAY-15': notMet(NO_PUSH),
  'MUST-60': met('src/tcp/send-timer.ts setSendTimer'),
  'MUST-61': met('src/tcp/output.ts sendText'),
  'SHLD-27': met('src/tcp/output.ts sendText'),
  'MAY-16': met('src/tcp/output.ts worthSending'),
  'SHLD-28': met('src/tcp/output.ts sendText'),
  'MAY-14': notMet('there is no FLUSH; `abort` discards what is queued, and the connection with it'),

  // Retransmission and congestion.
  'MUST-18': met('src/tcp/rtt.ts sampleRtt'),
  'MAY-4': notApplicable(
    'packets say "don’t fragment", so that the identification means nothing (RFC 6864); those for paths narrower than 552 octets have a new one each time',
  ),
  'MUST-19': met('src/tcp/congestion/reno.ts reno'),
  'MAY-18': met(
    'src/tcp/congestion/controllers.ts addController',
    'CUBIC (RFC 9438) is the default, and `congestionControl` takes any other',
  ),
  'SHLD-8': met('src/tcp/ecn.ts echoArrives'),
  'MUST-20': met(
    'src/tcp/timeouts.ts retransmissionTimeout',
    'at R1 the user is told; a stack of one device has no other gateway that IP could be advised to take',
  ),
  'MUST-21': met('src/stack/options.ts userTimeoutMs'),
  'MUST-22': met('src/tcp/timeouts.ts retransmissionTimeout'),
  'SHLD-9': met('src/stack/api.ts onSoftError'),
  'SHLD-10': met('src/tcp/timeouts.ts R1'),
  'SHLD-11': met('src/stack/settings.ts userTimeoutMs'),
  'MUST-23': met('src/stack/settings.ts userTimeoutMs'),
  'R9293-15': met('src/stack/settings.ts userTimeoutMs'),

  // Keep-alive.
  'MAY-5': met('src/tcp/timeouts.ts keepAliveTimeout'),
  'MUST-24': met('src/stack/options.ts keepAliveMs'),
  'MUST-25': met('src/stack/settings.ts keepAliveMs'),
  'MUST-26': met('src/tcp/send-timer.ts keepAlive'),
  'MUST-27': met('src/stack/options.ts keepAliveMs'),
  'MUST-28': met('src/stack/settings.ts KEEP_ALIVE_MS'),
  'MUST-29': met('src/tcp/timeouts.ts keepAliveTimeout'),
  'SHLD-12': met('src/tcp/timeouts.ts keepAliveTimeout'),
  'MAY-6': notMet('peers that answer no probe without data are older than RFC 1122'),

  // Urgent data.
  'SHLD-13': notApplicable(OWN_DUTY),
  'MUST-30': met('src/tcp/urgent.ts urgentArrives'),
  'MUST-31': met('src/tcp/calls.ts send'),
  'MUST-62': met('src/tcp/emit.ts emit'),
  'MUST-32': met('src/stack/api.ts onUrgent'),
  'MUST-33': met('src/stack/info.ts urgentBytes'),

  // Windows.
  'MUST-66': met('src/tcp/arrives.ts checkSequence'),
  'SHLD-14': met('src/tcp/window.ts offerWindow'),
  'MUST-34': met('src/tcp/output.ts usableWindow'),
  'SHLD-15': met('src/tcp/output.ts usableWindow'),
  'SHLD-16': met('src/tcp/output.ts sendAgain'),
  'MAY-7': notMet('what lies beyond the peer’s right edge would be dropped there'),
  'SHLD-17': met('src/tcp/send-timer.ts wanted'),
  'MUST-35': met('src/tcp/send-timer.ts wanted'),
  'MUST-36': met('src/tcp/timeouts.ts persistTimeout'),
  'MAY-8': met('src/tcp/window.ts offerWindow'),
  'MUST-37': met('src/tcp/acknowledge.ts acknowledge'),
  'SHLD-29': met('src/tcp/send-timer.ts firstDueMs'),
  'SHLD-30': met('src/tcp/send-timer.ts firstDueMs'),
  'R9293-13': met('src/tcp/arrives.ts checkSequence'),
  'R9293-25': met('src/tcp/window.ts offerWindow'),

  // Receiving.
  'MUST-39': met('src/tcp/window.ts smallestStep'),
  'SHLD-18': met('src/tcp/text.ts oweAckForText'),
  'MUST-40': met('src/stack/settings.ts delayedAckMs'),
  'SHLD-19': met('src/tcp/text.ts oweAckForText'),
  'MUST-58': met('src/tcp/text.ts oweAckForText'),
  'MUST-59': met('src/tcp/text.ts textArrives'),
  'SHLD-31': met('src/tcp/reassembly.ts insertBlock'),
  'MAY-13': met('src/tcp/text.ts textArrives'),
  'MAY-17': notMet(
    'a reader gets text as it comes and can’t tell segments apart, so that PSH would tell nothing',
  ),
  'R9293-23': met('src/tcp/acceptable.ts acceptable'),
  'R9293-24': met('src/tcp/acknowledge.ts updateSendWindow'),

  // What the user is told, and may set.
  'MUST-47': met('src/stack/api.ts onSoftError'),
  'SHLD-20': met('src/stack/api.ts onSoftError', 'who sets no handler, or takes it off, hears nothing'),
  'R9293-26': met('src/stack/connection.ts notify'),
  'MUST-48': met('src/stack/options.ts trafficClass'),
  'SHLD-21': met('src/stack/connection.ts trafficClass'),
  'SHLD-22': met('src/stack/transmit.ts trafficClass'),
  'MAY-9': notMet('the Diffserv field of what arrives is in `stack.tap`’s frames, and nowhere else'),
  'MUST-49': met('src/stack/api.ts hopLimit'),
  'SHLD-23': notApplicable(OWN_DUTY),
  'MUST-50': met('src/wire/ipv4.ts decodeIpv4'),
  'MAY-10': notMet('IPv4 options are skipped, the Timestamp option with them'),
  'MAY-11': notMet('IPv4 options are skipped, Record Route with them'),
  'MUST-51': notMet(SOURCE_ROUTES),
  'MUST-52': notMet(SOURCE_ROUTES),
  'MUST-53': notMet(SOURCE_ROUTES),
  'SHLD-24': notMet(SOURCE_ROUTES),

  // ICMP.
  'MUST-54': met('src/stack/icmp.ts errorArrives'),
  'MUST-55': met('src/wire/icmpv4.ts icmpv4ErrorOf'),
  'MUST-56': met('src/tcp/icmp.ts icmpArrives'),
  'SHLD-25': met('src/stack/api.ts onSoftError'),
  'SHLD-26': notMet(
    'hard errors end a connection before it is synchronized, and not afterwards: RFC 5927 section 5.2, since they are too easily forged',
  ),
};
