/** The rows of RFC 9293's extensions and neighbours. */

import { later, met, notApplicable, notMet, type Status } from './status-kinds.ts';

const SYN_COOKIES = 'SYN cookies are to come';

export const STATUS_EXTENSIONS: Readonly<Record<string, Status>> = {
  'R5681-1': met('src/tcp/output.ts usableWindow'),
  'R5681-2': notApplicable('RFC 6928, which is followed, raises the bound to ten segments'),
  'R5681-3': met(
    'src/tcp/establish.ts establish',
    'after more than one retransmission of it, as RFC 6928 section 2 recommends (docs/decisions/deviations.md)',
  ),
  'R5681-4': met(
    'src/tcp/congestion/reno.ts onAck',
    'two SMSS at most for one ACK, as RFC 3465 allows; all that it acknowledges where the device joins segments (docs/decisions/deviations.md)',
  ),
  'R5681-5': met('src/tcp/congestion/reno.ts onAck'),
  'R5681-6': met('src/tcp/congestion/reno.ts onRto'),
  'R5681-7': met('src/tcp/text.ts textArrives'),
  'R5681-8': met('src/tcp/acknowledge.ts duplicateAck'),
  'R5681-9': met('src/tcp/calls.ts idleRestart'),
  'R5681-10': met('src/tcp/text.ts oweAckForText'),

  'R6298-1': met('src/stack/settings.ts rtoInitialMs'),
  'R6298-2': met('src/tcp/rtt.ts sampleRtt'),
  'R6298-3': met('src/tcp/rtt.ts sampleRtt'),
  'R6298-4': notMet(
    '200 ms at least, as Linux and the BSDs have it: 1 s was for clocks of 500 ms, and turns one lost segment into a second of silence. `rtoMinMs` sets it; the upper bound is 60 s',
  ),
  'R6298-5': met('src/tcp/emit.ts emit'),
  'R6298-6': met('src/tcp/acknowledge.ts measure'),
  'R6298-7': met('src/tcp/send-timer.ts setSendTimer'),
  'R6298-8': met('src/tcp/send-timer.ts setSendTimer'),
  'R6298-9': met('src/tcp/timeouts.ts retransmissionTimeout'),
  'R6298-10': met('src/tcp/rtt.ts restartRttAfterHandshake'),

  'R6582-1': met('src/tcp/acknowledge.ts duplicateAck'),
  'R6582-2': met('src/tcp/congestion/reno.ts onRecoveryExit'),
  'R6582-3': met('src/tcp/acknowledge.ts partialAck'),
  'R6582-4': met('src/tcp/acknowledge.ts partialAck', 'at each partial ACK: the "slow but steady" variant'),
  'R6582-5': met('src/tcp/timeouts.ts goBack'),
  'R6582-6': notMet(
    'no heuristics: duplicate ACKs after a timeout start nothing until `recover` is acknowledged',
  ),

  'R6675-1': met('src/tcp/recovery/scoreboard.ts allLost'),
  'R6675-2': met('src/tcp/recovery/is-lost.ts boundary'),
  'R6675-3': met('src/tcp/recovery/pipe.ts pipe'),
  'R6675-4': met('src/tcp/recovery/send-lost.ts nextSegment'),
  'R6675-5': met('src/tcp/recovery/selective.ts beginRecovery'),
  'R6675-6': met('src/tcp/recovery/send-lost.ts hasRoom', 'the window in its place is that of PRR'),
  'R6675-7': met('src/tcp/recovery/selective.ts endRecovery'),
  'R6675-8': met('src/tcp/timeouts.ts goBack'),
  'R6675-9': met('src/tcp/recovery/send-lost.ts rearmTimeout'),

  'R2018-1': met('src/tcp/emit.ts synOptions'),
  'R2018-2': met('src/tcp/emit.ts options'),
  'R2018-3': met('src/tcp/emit.ts options'),
  'R2018-4': met('src/tcp/reassembly.ts sackBlocks'),
  'R2018-5': met('src/tcp/reassembly.ts sackBlocks'),
  'R2018-6': met('src/tcp/acknowledge.ts newlyAcknowledged'),
  'R2018-7': met('src/tcp/timeouts.ts goBack'),

  'R2883-1': met('src/tcp/reassembly.ts sackBlocks'),
  'R2883-2': met('src/tcp/emit.ts acknowledged'),
  'R2883-3': met('src/tcp/reassembly.ts sackBlocks'),
  'R2883-4': met('src/tcp/recovery/duplicates.ts duplicateIn'),

  'R7323-1': met('src/tcp/establish.ts agree'),
  'R7323-2': met('src/tcp/emit.ts emitSyn'),
  'R7323-3': met('src/wire/tcp-options.ts MAX_WINDOW_SCALE'),
  'R7323-4': met('src/tcp/window.ts windowField'),
  'R7323-5': met('src/tcp/window.ts offerWindow'),
  'R7323-6': met('src/tcp/emit.ts options'),
  'R7323-7': met('src/tcp/emit.ts options'),
  'R7323-8': met('src/tcp/paws.ts paws'),
  'R7323-9': met('src/tcp/paws.ts rememberTimestamp'),
  'R7323-10': met('src/tcp/paws.ts paws'),
  'R7323-11': met('src/tcp/arrives.ts checkSequence'),
  'R7323-12': met('src/tcp/emit.ts timestampNow', 'one tick a millisecond'),
  'R7323-13': met('src/tcp/paws.ts OUTDATED_MS'),

  'R7765-1': met(
    'src/tcp/recovery/rto-restart.ts restartTimeout',
    'where the user asks for it by `rtoRestart`, and SACK was agreed on',
  ),
  'R7765-2': met('src/tcp/recovery/rto-restart.ts restartTimeout'),
  'R7765-3': met('src/tcp/recovery/rto-restart.ts restartTimeout'),

  'R8985-1': met(
    'src/tcp/recovery/transmissions.ts Transmissions',
    'the stack’s clock has fractions of a millisecond',
  ),
  'R8985-2': met('src/tcp/recovery/rack.ts learn'),
  'R8985-3': met('src/tcp/recovery/rack.ts detectLoss'),
  'R8985-4': met(
    'src/tcp/recovery/rack.ts reorderingWindowMs',
    'a fast retransmission that is taken back, by timestamps or by D-SACKs, is reordering observed, too',
  ),
  'R8985-5': met('src/tcp/recovery/tail-loss-probe.ts probeTimeoutMs', '10 ms at least'),
  'R8985-6': met('src/tcp/recovery/tail-loss-probe.ts mayProbe'),
  'R8985-7': met('src/tcp/recovery/tail-loss-probe.ts sendProbe'),
  'R8985-8': met('src/tcp/recovery/tail-loss-probe.ts probeAcknowledged'),
  'R8985-9': met('src/tcp/recovery/selective.ts detect'),

  'R9937-1': met('src/tcp/recovery/prr.ts onAckInRecovery'),
  'R9937-2': met('src/tcp/recovery/prr.ts onAckInRecovery'),
  'R9937-3': met('src/tcp/recovery/prr.ts onAckInRecovery'),
  'R9937-4': met('src/tcp/recovery/prr.ts onAckInRecovery'),
  'R9937-5': met('src/tcp/recovery/selective.ts endRecovery'),
  'R9937-6': met('src/tcp/recovery/selective.ts beginRecovery'),

  'R6937-1': met('src/tcp/recovery/prr.ts onAckInRecovery', 'in the form of RFC 9937'),

  'R5682-1': met('src/tcp/recovery/forward-rto.ts askByNewText'),
  'R5682-2': met('src/tcp/recovery/forward-rto.ts askByNewText'),
  'R5682-3': met('src/tcp/recovery/forward-rto.ts believeTimeout'),
  'R5682-4': met('src/tcp/acknowledge.ts newlyAcknowledged'),
  'R5682-5': met('src/tcp/recovery/undo.ts takeBack'),
  'R5682-6': met('src/tcp/recovery/selective.ts isAnswered'),
  'R5682-7': met('src/tcp/timeouts.ts retransmissionTimeout'),

  'R3522-1': met('src/tcp/recovery/undo.ts countRetransmission'),
  'R3522-2': met('src/tcp/recovery/undo.ts echoesOriginal'),
  'R3522-3': met('src/tcp/recovery/selective.ts looksSpurious'),
  'R3522-4': met('src/tcp/timeouts.ts retransmissionTimeout'),

  'R4015-1': met('src/tcp/recovery/undo.ts takeBack'),
  'R4015-2': met('src/tcp/recovery/undo.ts takeBack'),
  'R4015-3': met('src/tcp/recovery/undo.ts restoreWindow'),
  'R4015-4': met('src/tcp/rtt.ts sampleAfterSpuriousTimeout'),

  'R3708-1': met('src/tcp/recovery/selective.ts takeDuplicate'),
  'R3708-2': met('src/tcp/recovery/undo.ts allReported'),
  'R3708-3': met('src/tcp/recovery/undo.ts countDuplicate'),
  'R3708-4': met('src/tcp/recovery/undo.ts countDuplicate'),
  'R3708-5': notMet(
    'what was sent again is compared octet by octet, and a doubled segment counts for nothing; one forged or doubled report would turn the algorithm off for the connection’s life otherwise',
  ),

  'R5961-1': met('src/tcp/arrives.ts checkSequence'),
  'R5961-2': met('src/tcp/arrives.ts checkReset'),
  'R5961-3': met('src/tcp/arrives.ts checkReset'),
  'R5961-4': met('src/tcp/arrives-handshake.ts synSent'),
  'R5961-5': met('src/tcp/arrives.ts checkSyn'),
  'R5961-6': met('src/tcp/acceptable.ts ackInRange'),
  'R5961-7': met(
    'src/tcp/challenge.ts challenge',
    'ten a second for each connection; the limit is not shared. Answers to unacceptable segments are counted apart',
  ),

  'R6528-1': met('src/stack/iss.ts initialSequenceNumber'),
  'R6528-2': met('src/stack/keyed-hash.ts keyedHash'),
  'R6528-3': met(
    'src/stack/keyed-hash.ts keyedHash',
    '256 bits of the stack’s `random`; `cryptoRandom` in Node',
  ),
  'R6528-4': met('src/stack/iss.ts initialSequenceNumber'),

  'R6056-1': notMet(
    '49152 to 65535, the dynamic ports of RFC 6335: below them services are registered, and programs expect to listen there',
  ),
  'R6056-2': met('src/stack/ports.ts EphemeralPorts'),
  'R6056-3': met('src/stack/tuples.ts activeTuple'),
  'R6056-4': met('src/stack/ports.ts EphemeralPorts'),
  'R6056-5': met('src/stack/tuples.ts activeTuple'),

  'R4987-1': met('machines/listener.ts halfOpenFull'),
  'R4987-2': later(SYN_COOKIES),
  'R4987-3': later(SYN_COOKIES),
  'R4987-4': later(SYN_COOKIES),
  'R4987-5': later(SYN_COOKIES),
  'R4987-6': later(SYN_COOKIES),

  'R3168-1': met('src/tcp/ecn.ts agreesOnEcn'),
  'R3168-2': met('src/tcp/ecn.ts isEcnCapable'),
  'R3168-3': met('src/tcp/ecn.ts isEcnCapable'),
  'R3168-4': met('src/tcp/ecn.ts markArrives'),
  'R3168-5': met('src/tcp/ecn.ts echoArrives'),
  'R3168-6': met(
    'src/tcp/ecn.ts echoArrives',
    'with cwnd at one segment nothing new goes out before the retransmission timeout has passed',
  ),
  'R3168-7': met('src/stack/transmit.ts transmit'),
  'R3168-8': met('src/wire/fragment.ts joinFragments'),

  'R9438-1': met(
    'src/tcp/congestion/cubic.ts backedOff',
    'of cwnd, as section 4.6 leaves it to those whose window does not grow unused',
  ),
  'R9438-2': met('src/tcp/congestion/cubic.ts wCubic'),
  'R9438-3': met(
    'src/tcp/congestion/cubic.ts inAvoidance',
    'for each segment’s worth that an ACK acknowledges: with delayed ACKs, or those of super-segments, the target would be missed otherwise',
  ),
  'R9438-4': met('src/tcp/congestion/cubic.ts inAvoidance', 'by octets, as RFC 3465 counts'),
  'R9438-5': met('src/tcp/congestion/cubic.ts reduced'),
  'R9438-6': met('src/tcp/congestion/cubic.ts onRto'),
  'R9438-7': notMet(
    'slow start while cwnd is below ssthresh, by HyStart++ at first; at ssthresh itself congestion avoidance, as RFC 5681 section 3.1 leaves open and RFC 9406 section 4.2 has it. Each recovery ends there, and a step of slow start then takes CUBIC to 1.3 (at 1 % of loss) and 1.7 (at 5 %) times what it has without',
  ),
  'R9438-8': met('src/tcp/recovery/undo.ts takeBack', 'after a timeout as RFC 4015 has it (section 4.9.1)'),
  'R9438-9': met('src/tcp/congestion/cubic.ts onEcn'),
  'R9438-10': met('src/tcp/ecn.ts holdTimeoutMs'),

  'R9406-1': met('src/tcp/congestion/hystart.ts nextRound'),
  'R9406-2': met(
    'src/tcp/congestion/hystart.ts LARGEST_STEP',
    'all that it acknowledges where the device joins segments (docs/decisions/deviations.md)',
  ),
  'R9406-3': met('src/tcp/congestion/hystart.ts hasRisen'),
  'R9406-4': met('src/tcp/congestion/hystart.ts CSS_GROWTH_DIVISOR'),
  'R9406-5': met('src/tcp/congestion/hystart.ts hystart'),
  'R9406-6': met('src/tcp/congestion/hystart.ts CSS_ROUNDS'),
  'R9406-7': met('src/tcp/congestion/cubic.ts inSlowStart'),

  'R6928-1': met('src/tcp/congestion/controller.ts initialWindow'),
  'R6928-2': met('src/tcp/establish.ts establish', 'after more than one retransmission of it'),
  'R6928-3': notMet(
    'the restart window is that of RFC 5681 section 4.1; after a loss cwnd is below the initial window in most cases anyway',
  ),
  'R6928-4': met('src/tcp/acknowledge.ts newlyAcknowledged'),
  'R6928-5': met(
    'src/stack/info.ts infoOf',
    '`info()` and `stack.counters` tell retransmissions and windows',
  ),

  'R3465-1': met('src/tcp/congestion/reno.ts onAck', 'Reno; CUBIC follows its curve (RFC 9438)'),
  'R3465-2': met(
    'src/tcp/congestion/reno.ts onAck',
    'the first slow start of CUBIC takes eight segments, as RFC 9406 section 4.3 allows; all that it acknowledges where the device joins segments (docs/decisions/deviations.md)',
  ),
  'R3465-3': met('src/tcp/congestion/control.ts openWindow'),

  'R7661-1': met(
    'src/tcp/congestion/validation.ts isNonValidated',
    'with `windowValidation`, as all of these',
  ),
  'R7661-2': met('src/tcp/congestion/validation.ts isNonValidated'),
  'R7661-3': met('src/tcp/congestion/validation.ts pipeAck'),
  'R7661-4': met('src/tcp/congestion/controller.ts isWindowLimited'),
  'R7661-5': met('src/tcp/congestion/validation.ts windowAfterCongestion'),
  'R7661-6': met('src/tcp/congestion/validation.ts windowAfterRecovery'),
  'R7661-7': met('src/tcp/congestion/validation.ts windowAfterCongestion'),
  'R7661-8': met('src/tcp/congestion/control.ts timeoutExpired'),
  'R7661-9': met('src/tcp/congestion/validation.ts endPeriods'),
  'R7661-10': met('src/tcp/pacing.ts pacingRate'),

  'R3042-1': met('src/tcp/output.ts usableWindow'),
  'R3042-2': met('src/tcp/acknowledge.ts duplicateAck'),
  'R3042-3': met('src/tcp/acknowledge.ts isDuplicate'),

  'R5482-1': met('src/tcp/user-timeout.ts userTimeoutOption'),
  'R5482-2': met('src/wire/tcp-options.ts userTimeoutAt'),
  'R5482-3': met('src/tcp/user-timeout.ts rememberUserTimeout', 'as long as `userTimeoutEnabled` is off'),
  'R5482-4': met('src/stack/settings.ts optionsOf'),
  'R5482-5': met('src/tcp/user-timeout.ts userTimeoutMs'),
  'R5482-6': met('src/tcp/send-timer.ts keepAlive'),

  'R1337-1': met('src/tcp/arrives.ts checkReset'),
  'R1337-2': met('src/tcp/arrives.ts checkSequence'),
  'R1337-3': notMet('a RST never ends TIME-WAIT while `timeWaitProtection` is on, PAWS or not'),

  'R6191-1': met('src/tcp/arrives-handshake.ts reopens'),
  'R6191-2': met('src/tcp/arrives-handshake.ts reopens'),
  'R6191-3': met('src/tcp/arrives-handshake.ts reopens'),
  'R6191-4': met('src/tcp/arrives-handshake.ts reopens'),
  'R6191-5': notMet(
    'the SYN is dropped, but not silently: RFC 9293 section 3.10.7.4 and RFC 5961 section 4.2 (musts) want a challenge ACK, and the peer then learns that its 4-tuple is still in use',
  ),

  'R1191-1': met('src/tcp/path-mtu.ts narrow'),
  'R1191-2': met(
    'src/tcp/icmp.ts packetTooBig',
    'nor do segments get smaller than 552 octets for one: below that routers may cut them up',
  ),
  'R1191-3': met('src/tcp/icmp.ts plateauBelow'),
  'R1191-4': met('src/tcp/path-mtu.ts widen', 'ten minutes; `pathMtuAgeMs` sets it, no lower than five'),
  'R1191-5': met('src/tcp/icmp.ts packetTooBig'),
  'R1191-6': met('src/tcp/path-mtu.ts agreeOnMss'),

  'R4821-1': met('src/tcp/recovery/selective.ts respond'),
  'R4821-2': met('src/tcp/path-mtu.ts sizeOfNextProbe'),
  'R4821-3': met('src/tcp/path-mtu.ts agreeOnMss', '`baseMss`; 1,024 octets of text, as Linux has it'),
  'R4821-4': met('src/tcp/path-probe.ts probePath'),
  'R4821-5': met('src/tcp/path-mtu.ts settle'),
  'R4821-6': met('src/tcp/path-mtu.ts pathTimeout'),

  'R5927-1': met('src/tcp/icmp.ts icmpArrives'),
  'R5927-2': met('src/tcp/icmp.ts icmpArrives'),
  'R5927-3': met('src/tcp/icmp.ts icmpArrives'),
  'R5927-4': met('src/wire/icmpv4.ts icmpv4ErrorOf'),
  'R5927-5': met(
    'src/tcp/icmp.ts packetTooBig',
    'it takes effect at once where no larger segment has arrived before, as section 7.2 has it for the first discovery',
  ),
  'R5927-6': met('src/tcp/icmp.ts packetTooBig'),

  'R1122-1': met('src/wire/ipv4.ts decodeIpv4'),
  'R1122-2': met('src/net/pipeline.ts decodeFrame'),
  'R1122-3': met('src/stack/settings.ts hopLimit'),
  'R1122-4': met('src/net/reassembly.ts Reassembly', '65,535 octets in at most 256 fragments'),
  'R1122-5': met('src/stack/fragments.ts Fragments', '60 s'),
  'R1122-6': met('src/wire/icmp.ts encodeEchoReply'),
  'R1122-7': met('src/net/pipeline.ts decodeFrame'),
  'R1122-8': met('src/wire/icmp.ts mayAnswerWithIcmpError'),
  'R1122-9': met('src/wire/icmp.ts encodeError'),
  'R1122-10': met('src/net/pipeline.ts decodeFrame'),
  'R1122-11': met('src/stack/icmp.ts unreachable'),

  'R8200-1': met('src/wire/ipv6-problem.ts ipv6Problem'),
  'R8200-2': met('src/wire/ipv6-problem.ts ipv6Problem'),
  'R8200-3': met('src/stack/fragments.ts Fragments'),
  'R8200-4': met('src/net/reassembly.ts placeOf'),
  'R8200-5': met('src/stack/icmp.ts IPV6_MINIMUM_MTU', 'TCP discovers the path MTU; ICMP keeps to 1,280'),
  'R8200-6': met('src/wire/checksum.ts pseudoHeaderSum'),
  'R8200-7': met('src/wire/ipv6-problem.ts ipv6Problem'),
  'R8200-8': met('src/wire/ipv6.ts decodeIpv6'),

  'R4443-1': met('src/wire/icmp.ts encodeEchoReply'),
  'R4443-2': met('src/wire/icmp.ts mayAnswerWithIcmpError'),
  'R4443-3': met('src/stack/icmp.ts IcmpBudget'),
  'R4443-4': met('src/wire/icmp.ts encodeError'),
  'R4443-5': met('src/wire/icmp.ts decodeIcmp'),
  'R4443-6': met('src/stack/icmp.ts errorArrives'),
  'R4443-7': met('src/stack/icmp.ts answerIcmp'),
};
