import {
  captureOf,
  type DrillOptions,
  type DrillResult,
  describeResult,
  type ResultSummary,
  runScript,
  type Source,
  summaryOf,
} from '../drill/index.ts';

/** A script's result, ready to be shown: plain data, which workers can hand over. */
export interface Played {
  readonly result: ResultSummary;
  readonly text: string;
  readonly pcap: Uint8Array | undefined;
}

/** Takes what was played, and which one it was. */
export type Tell = (played: Played, index: number) => void;

export function playOne(source: Source, options: DrillOptions, withPcap: boolean): Played {
  return playedOf(runScript(source, options), withPcap);
}

export function playedOf(result: DrillResult, withPcap: boolean): Played {
  return {
    result: summaryOf(result),
    text: describeResult(result),
    pcap: withPcap ? captureOf(result) : undefined,
  };
}

/** Tells of each in its turn, in whatever order they come. */
export function inOrder(tell: Tell): Tell {
  const waiting = new Map<number, Played>();
  let next = 0;
  return (played, index) => {
    waiting.set(index, played);
    for (let ready = waiting.get(next); ready; ready = waiting.get(next)) {
      waiting.delete(next);
      tell(ready, next++);
    }
  };
}
