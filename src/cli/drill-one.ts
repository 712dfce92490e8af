import {
  captureOf,
  type DrillOptions,
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

export function playOne(source: Source, options: DrillOptions, withPcap: boolean): Played {
  const result = runScript(source, options);
  return {
    result: summaryOf(result),
    text: describeResult(result),
    pcap: withPcap ? captureOf(result) : undefined,
  };
}
