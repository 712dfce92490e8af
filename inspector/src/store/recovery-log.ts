/** What a connection's loss recovery went through: stages as stretches of time, and what happened at one moment. */

import type { RecoveryEnvelope, RecoveryStage, TcbView } from '../../../src/inspect/protocol.ts';
import { STAGE_WORDS } from '../../../src/inspect/recovery-words.ts';

export interface StageSpan {
  readonly stage: RecoveryStage;
  readonly why: string;
  readonly fromOrder: number;
  readonly fromMs: number;
  /** Infinite while it is not over. */
  readonly toOrder: number;
  readonly toMs: number;
}

export interface RecoveryMark {
  readonly what: Exclude<RecoveryEnvelope['what'], 'stage'>;
  readonly why: string;
  readonly order: number;
  readonly timeMs: number;
}

export interface Recovery {
  readonly spans: readonly StageSpan[];
  readonly marks: readonly RecoveryMark[];
}

interface Place {
  readonly order: number;
  readonly timeMs: number;
}

/** Of stages and of marks so many are kept, the latest: more than a plot has pixels. */
const KEPT = 4_096;

export class RecoveryLog {
  readonly #spans: StageSpan[] = [];
  readonly #marks: RecoveryMark[] = [];

  take({ order, timeMs, what, stage, why }: RecoveryEnvelope): void {
    if (what === 'stage') this.#turn({ order, timeMs }, stage ?? undefined, why);
    else keep(this.#marks, { what, why, order, timeMs });
  }

  /** The TCB says which stage it is where entries were left out, or began before anybody watched. */
  agree(place: Place, { recovery, state }: TcbView): void {
    // Records of earlier versions have the phase alone.
    const { phase } = recovery;
    const told =
      recovery.stage ?? (phase === 'fast' ? 'fast recovery' : phase === 'loss' ? 'RTO recovery' : undefined);
    const stage = state === 'CLOSED' ? undefined : told;
    if (stage !== this.#open?.stage)
      this.#turn(place, stage, stage ? (STAGE_WORDS[stage]?.why ?? stage) : '');
  }

  /** The connection has ended. */
  end(place: Place): void {
    this.#turn(place, undefined, '');
  }

  /** All up to a moment; what was not over then ends there. */
  upTo({ order, timeMs }: Place): Recovery {
    return {
      spans: this.#spans
        .filter(({ fromOrder }) => fromOrder <= order)
        .map((span) => (span.toOrder <= order ? span : { ...span, toMs: Math.max(span.fromMs, timeMs) })),
      marks: this.#marks.filter((mark) => mark.order <= order),
    };
  }

  get #open(): StageSpan | undefined {
    const last = this.#spans.at(-1);
    return last?.toOrder === Number.POSITIVE_INFINITY ? last : undefined;
  }

  #turn({ order, timeMs }: Place, stage: RecoveryStage | undefined, why: string): void {
    const open = this.#open;
    if (open) this.#spans[this.#spans.length - 1] = { ...open, toOrder: order, toMs: timeMs };
    if (!stage) return;
    const never = Number.POSITIVE_INFINITY;
    keep(this.#spans, { stage, why, fromOrder: order, fromMs: timeMs, toOrder: never, toMs: never });
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > KEPT) list.splice(0, KEPT / 4);
}
