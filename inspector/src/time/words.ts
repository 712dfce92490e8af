/** What an entry of a run says, in a line. Pure. */

import type { Envelope, FrameEnvelope, RecoveryEnvelope } from '../../../src/inspect/protocol.ts';
import { STAGE_WORDS } from '../../../src/inspect/recovery-words.ts';
import { arrowsOf } from '../chart/names.ts';
import { eventWords } from '../chart/words.ts';
import { commandWords } from '../faults/words.ts';
import { MARK_WORDS } from '../plots/recovery.ts';
import { QUIET } from '../store/landmarks.ts';
import { endpoint } from '../store/model.ts';

/** A line of the list of what happened; undefined for entries that only tell what is. */
export function entryWords(envelope: Envelope): string | undefined {
  switch (envelope.kind) {
    case 'connection.opened': {
      const { localAddress, localPort, remoteAddress, remotePort, origin } = envelope.view;
      return `${endpoint(localAddress, localPort)} → ${endpoint(remoteAddress, remotePort)}: ${origin} OPEN`;
    }
    case 'connection.ended':
      return `the connection has ended: ${envelope.how}`;
    case 'listener.opened':
      return `listens at ${endpoint(envelope.view.address ?? '*', envelope.view.port)}`;
    case 'listener.ended':
      return 'listens no more';
    case 'chart.microstep': {
      const [arrow] = arrowsOf(envelope).filter(({ from, to }) => from !== to);
      return arrow && `${arrow.from} → ${arrow.to} by ${eventWords(arrow.event)}`;
    }
    case 'frame':
      return frameWords(envelope);
    case 'timer':
      return envelope.what === 'fired' ? `the ${envelope.timer} timer fires: ${envelope.why}` : undefined;
    case 'recovery':
      return recoveryWords(envelope);
    case 'call':
      if (envelope.call === 'receive') return undefined;
      return `${envelope.call}${envelope.octets === undefined ? '' : ` ${envelope.octets} octets`}`;
    case 'command':
      return QUIET.has(envelope.command.command)
        ? undefined
        : `from the page: ${commandWords(envelope.command)}`;
    case 'gap':
      return `${envelope.leftOut.toLocaleString('en')} entries left out`;
    default:
      return undefined;
  }
}

function recoveryWords({ what, stage, why }: RecoveryEnvelope): string | undefined {
  if (what !== 'stage') return `${MARK_WORDS[what]?.name ?? what}: ${why}`;
  return stage ? `${STAGE_WORDS[stage]?.name ?? stage}: ${why}` : undefined;
}

function frameWords({ what, summary, direction, fates }: FrameEnvelope): string | undefined {
  // Told of again by whoever takes it in.
  if (what === 'altered') return undefined;
  const segment =
    summary.protocol === 'tcp'
      ? `${summary.flags}${summary.text > 0 ? `, ${summary.text} octets` : ''}`
      : summary.protocol;
  const verb = { sent: 'sends', received: 'takes in', dropped: 'throws away', lost: '' }[what];
  if (what === 'lost')
    return `the link loses ${direction === 'out' ? 'its' : 'what comes to it:'} ${segment}`;
  return `${verb} ${segment}${fates && fates.length > 0 ? ` (${fates.join(', ')})` : ''}`;
}
