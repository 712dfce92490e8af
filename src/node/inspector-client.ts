/** One viewer on the inspector's socket. */

import type { RawData, WebSocket } from 'ws';
import { StackError } from '../errors.ts';
import {
  type Batch,
  type Command,
  type Envelope,
  PROTOCOL_VERSION,
  parseCommand,
  type Reply,
  type Source,
  statelyEvents,
  type Viewer,
} from '../inspect/index.ts';
import type { Pace } from './inspector-pace.ts';

/** Entries told at once; with twenty batches a second that is 20,000 a second, more than a page can show. */
const LIMIT = 1_000;
/** What may wait in the socket: a viewer that does not read is not written to. */
const UNSENT_BYTES = 1_048_576;
/** Batches that a viewer that acknowledges may have before it. */
const UNACKNOWLEDGED = 2;

/** WebSocket close codes (RFC 6455 section 7.4.1). */
const UNSUPPORTED = 1003;
const VIOLATION = 1008;
const FAILURE = 1011;

/** A client that is told what is new whenever the server's clock ticks. */
export interface InspectorClient {
  flush(): void;
  /** Tells all that is left, as far as the socket takes it. */
  finish(): void;
  end(): void;
}

/** Speaks the inspector's own protocol. */
export class ViewerClient implements InspectorClient {
  readonly #socket: WebSocket;
  readonly #source: Source;
  readonly #pace: Pace;
  readonly #viewer: Viewer;
  #batch = 0;
  #acknowledged: number | undefined;

  constructor(socket: WebSocket, source: Source, pace: Pace) {
    this.#socket = socket;
    this.#source = source;
    this.#pace = pace;
    this.#viewer = source.attach(LIMIT);
    socket.on('message', (data, isBinary) => this.#received(data, isBinary));
    this.flush();
  }

  flush(): void {
    const waits = this.#acknowledged === undefined ? 0 : this.#batch - this.#acknowledged;
    if (waits >= UNACKNOWLEDGED || !isWritable(this.#socket)) return;
    const envelopes = this.#read();
    if (envelopes[0]?.kind === 'hello') {
      // Each in a batch of its own: a snapshot may be large.
      for (const envelope of envelopes) this.#send([envelope]);
    } else if (envelopes.length > 0) {
      this.#send(envelopes);
    }
  }

  finish(): void {
    while (isWritable(this.#socket)) {
      const envelopes = this.#read();
      if (envelopes.length === 0) return;
      this.#send(envelopes);
    }
  }

  end(): void {
    this.#viewer.close();
  }

  /** A saved run is read while it is told, and may be broken further on: that ends its viewer, and says where. */
  #read(): readonly Envelope[] {
    try {
      return this.#viewer.read();
    } catch (error) {
      console.error(error instanceof StackError ? error.message : error);
      this.#socket.close(FAILURE, reasonOf(error));
      return [];
    }
  }

  #send(envelopes: readonly Envelope[]): void {
    const batch: Batch = { v: PROTOCOL_VERSION, batch: ++this.#batch, envelopes };
    this.#socket.send(JSON.stringify(batch));
  }

  #received(data: RawData, isBinary: boolean): void {
    if (isBinary) {
      this.#socket.close(UNSUPPORTED, 'commands are text');
      return;
    }
    let command: Command;
    try {
      command = parseCommand(String(data));
    } catch (error) {
      this.#socket.close(VIOLATION, reasonOf(error));
      return;
    }
    if (command.command === 'ack') this.#acknowledged = Math.min(command.batch, this.#batch);
    this.#execute(command);
    this.#pace.tell(() => this.flush());
  }

  #execute(command: Command): void {
    const { id } = command;
    try {
      this.#source.execute(command);
      if (id !== undefined) this.#reply({ v: PROTOCOL_VERSION, reply: id, ok: true });
    } catch (error) {
      // Whatever it is, it is the viewer's to hear, and never the stack's end.
      const why = error instanceof Error ? error.message : String(error);
      if (id !== undefined) this.#reply({ v: PROTOCOL_VERSION, reply: id, ok: false, error: why });
      if (!(error instanceof StackError)) console.error(error);
    }
  }

  #reply(reply: Reply): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(reply));
  }
}

/** Speaks the protocol of `@statelyai/inspect`'s WebSocket receivers: one event a message, and nothing comes back. */
export class StatelyClient implements InspectorClient {
  readonly #socket: WebSocket;
  readonly #viewer: Viewer;

  constructor(socket: WebSocket, source: Source) {
    this.#socket = socket;
    this.#viewer = source.attach(LIMIT);
    socket.on('message', () => socket.close(VIOLATION, 'nothing can be asked at /stately'));
    this.flush();
  }

  flush(): void {
    if (!isWritable(this.#socket)) return;
    for (const event of statelyEvents(this.#viewer.read())) this.#socket.send(JSON.stringify(event));
  }

  finish(): void {
    this.flush();
  }

  end(): void {
    this.#viewer.close();
  }
}

function isWritable(socket: WebSocket): boolean {
  return socket.readyState === socket.OPEN && socket.bufferedAmount < UNSENT_BYTES;
}

/** What fits into a close frame: 123 bytes. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // Only ASCII, so that characters are bytes.
  return text.replace(/[^ -~]/g, '?').slice(0, 123);
}
