import { type DrillOptions, type DrillResult, describeResult, runScript } from '../../../src/drill/index.ts';

/** A passive connection in ESTABLISHED, as descriptor 4; nothing is acknowledged with a delay. */
export const ESTABLISHED = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
`;

export function play(text: string, options: DrillOptions = {}): DrillResult {
  return runScript({ file: 'x.pkt', text }, options);
}

/** `pass`, or what there is to say. */
export function outcome(text: string, options: DrillOptions = {}): string {
  const result = play(text, options);
  return result.verdict === 'pass' ? 'pass' : describeResult(result);
}

/** The sentences of a failure; throws for anything else. */
export function failureOf(text: string, options: DrillOptions = {}): readonly string[] {
  const result = play(text, options);
  if (result.verdict !== 'fail') throw new Error(`no failure: ${describeResult(result)}`);
  return result.failure.what;
}
