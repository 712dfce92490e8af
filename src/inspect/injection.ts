/** Segments that nobody sent, made to look as if the peer had. */

import type { Frame } from '../net/device.ts';
import { encodeTcp, FLAG, NO_BYTES, NO_OPTIONS } from '../wire/index.ts';
import type { Watched } from './connection-recorder.ts';

/** A RST that is acceptable in any synchronized state: its sequence number is RCV.NXT (RFC 5961 section 3). */
export function resetFromPeer({ connection, snapshot }: Watched): Frame {
  const { tuple } = connection;
  const { tcb } = snapshot.context;
  return encodeTcp(
    { src: tuple.remote, dst: tuple.local },
    {
      srcPort: tuple.remotePort,
      dstPort: tuple.localPort,
      seq: tcb.rcv.nxt,
      ack: tcb.snd.nxt,
      // In SYN-SENT only a RST with an acceptable ACK counts (RFC 9293 section 3.10.7.3, second).
      flags: FLAG.RST | FLAG.ACK,
      wnd: 0,
      up: 0,
      options: NO_OPTIONS,
      text: NO_BYTES,
    },
  );
}
