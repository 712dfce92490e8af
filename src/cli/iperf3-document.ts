import { arch, hostname, release, type } from 'node:os';
import type { Outcome } from '../node/iperf3/client.ts';
import type { Parameters, Results } from '../node/iperf3/protocol.ts';
import { intervalJson, resultJson, sumOfResults } from '../node/iperf3/text.ts';
import type { Interval, Traffic } from '../node/iperf3/traffic.ts';
import type { Output } from './output.ts';

/** A test as one JSON document with iperf3's keys: `start`, `intervals`, `end`, and `error` where it failed. */
export class Iperf3Document {
  readonly #output: Output;
  readonly #parameters: Parameters;
  readonly #intervals: object[] = [];
  #start: object;

  constructor(
    place: { readonly host: string; readonly port: number },
    parameters: Parameters,
    output: Output,
  ) {
    this.#output = output;
    this.#parameters = parameters;
    const now = new Date();
    this.#start = {
      connected: [],
      version: 'statewire, in the protocol of iperf 3.12',
      system_info: `${type()} ${hostname()} ${release()} ${arch()}`,
      timestamp: { time: now.toUTCString(), timesecs: Math.floor(now.getTime() / 1_000) },
      connecting_to: place,
    };
  }

  start(traffic: Traffic, cookie: string): void {
    const { omitSeconds, seconds, bytes, blocks, streams, reverse, blockSize } = this.#parameters;
    this.#start = {
      ...this.#start,
      connected: traffic.streams.map(({ socket, connection }) => ({
        socket,
        local_host: connection.localAddress,
        local_port: connection.localPort,
        remote_host: connection.remoteAddress,
        remote_port: connection.remotePort,
      })),
      cookie,
      tcp_mss_default: traffic.streams[0]?.connection.info().snd.mss ?? 0,
      test_start: {
        protocol: 'TCP',
        num_streams: streams,
        blksize: blockSize,
        omit: omitSeconds,
        duration: seconds,
        bytes,
        blocks,
        reverse: reverse ? 1 : 0,
        tos: 0,
      },
    };
  }

  interval(interval: Interval): void {
    this.#intervals.push(intervalJson(interval, !this.#parameters.reverse));
  }

  end({ local, remote, traffic }: Outcome): void {
    const { reverse } = this.#parameters;
    const [sent, received] = reverse ? [remote, local] : [local, remote];
    const streams = traffic.streams.map(({ id, socket }) => ({
      ...streamOf(sent, id, socket, 'sender', !reverse),
      ...streamOf(received, id, socket, 'receiver', !reverse),
    }));
    const end = {
      streams,
      ...(sent === undefined ? {} : { sum_sent: resultJson(sumOfResults(sent.streams), !reverse) }),
      ...(received === undefined ? {} : { sum_received: receivedJson(received, !reverse) }),
      cpu_utilization_percent: {
        host_total: local.cpu.total,
        host_user: local.cpu.user,
        host_system: local.cpu.system,
        remote_total: remote?.cpu.total ?? 0,
        remote_user: remote?.cpu.user ?? 0,
        remote_system: remote?.cpu.system ?? 0,
      },
      sender_tcp_congestion: sent?.congestion,
      receiver_tcp_congestion: received?.congestion,
    };
    this.#print(end, remote === undefined ? { error: 'interrupted' } : {});
  }

  failed(message: string): void {
    this.#print({}, { error: message });
  }

  #print(end: object, more: object): void {
    const document = { start: this.#start, intervals: this.#intervals, end, ...more };
    this.#output.text(JSON.stringify(document, undefined, 2));
  }
}

/** A receiver knows of no retransmission. */
function receivedJson({ streams }: Results, isSender: boolean): object {
  return resultJson({ ...sumOfResults(streams), retransmits: -1 }, isSender);
}

function streamOf(
  results: Results | undefined,
  id: number,
  socket: number,
  role: 'sender' | 'receiver',
  isSender: boolean,
): object {
  const result = results?.streams.find((stream) => stream.id === id);
  return result === undefined ? {} : { [role]: { socket, ...resultJson(result, isSender) } };
}
