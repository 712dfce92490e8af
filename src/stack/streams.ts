/** Web streams over a connection's promise calls. */

import type { Connection } from './api.ts';

export function readableOf(connection: Connection): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const bytes = await connection.read();
        if (bytes === null) controller.close();
        else controller.enqueue(bytes);
      },
      async cancel() {
        await connection.close();
      },
    },
    // The receive window is the buffer: one of the stream's own would only hide what was not read.
    { highWaterMark: 0 },
  );
}

export function writableOf(connection: Connection): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    write: (bytes) => connection.write(bytes),
    close: () => connection.shutdown(),
    abort: () => connection.abort(),
  });
}
