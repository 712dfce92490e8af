import { map, Observable, Subject } from 'rxjs';
import {
  type Arriving,
  type Device,
  type Frame,
  type Offload,
  type OffloadedFrame,
  plainFrames,
} from '../net/device.ts';
import { softwareOffload } from '../net/software-offload.ts';
import { errno, InterfaceRequest, type Linux, TUNGETIFF, type Watch } from './linux.ts';
import { ReadLoop } from './read-loop.ts';
import { ReadSpace } from './read-space.ts';
import { isSuperSegment, readVnetHeader, VNET_HEADER_LENGTH, writeVnetHeader } from './vnet-header.ts';

/** Frames since the device was opened; a super-segment, which stands for several segments, is one. */
export interface TunStats {
  /** From the kernel. */
  readonly framesIn: number;
  readonly bytesIn: number;
  /** Taken by the kernel. */
  readonly framesOut: number;
  readonly bytesOut: number;
  /** How many of them were super-segments. */
  readonly superSegmentsIn: number;
  readonly superSegmentsOut: number;
  /** Waiting to be taken. */
  readonly queued: number;
  /** How often the event loop woke the device up for frames, and how often some were found while it spun instead. */
  readonly wakeUps: number;
  readonly caught: number;
  /** Frames handed to `write` that the kernel never got, by reason. */
  readonly dropped: Readonly<Record<TunDrop, number>>;
}

export type TunDrop =
  /** The interface is down (EIO). */
  | 'interface-down'
  /** Neither IPv4 nor IPv6, or empty (EINVAL). */
  | 'malformed'
  /** Longer than the MTU. */
  | 'too-long'
  /** Written although `write` had returned false for long. */
  | 'queue-full'
  /** Written, or still queued, when the device was closed. */
  | 'closed'
  /** Refused by the kernel for another reason. */
  | 'refused';

/** A batch ends with the frame that makes it so long, since whoever takes it in keeps the event loop busy. */
const BYTES_PER_BATCH = 524_288;

/** Frames that wait while the kernel takes none: as many as the kernel's own queue holds in the other direction. */
const QUEUE_LIMIT = 500;

/** The largest IP packet is 65,535 bytes, and read(2) cuts what does not fit. */
const LONGEST_FRAME = 65_535;

/**
 * A TUN device of Linux: what the kernel routes to it comes out of `frames$`, and what is written to it the kernel
 * takes for received. Made by `openTun()`.
 *
 * Frames wait in the kernel's queue (500 of them) while nobody subscribes to `frames$`. The device keeps the process
 * alive until it is closed, as a socket does; see `unref()`. When the interface is deleted from outside, `frames$` and
 * `drained$` complete, and `endReason` says why. (With no subscriber that is noticed at the next `write` or subscription:
 * the kernel wakes only those who wait for frames.)
 */
export class TunDevice implements Device {
  readonly name: string;
  readonly mtu: number;
  readonly frames$: Observable<readonly Frame[]>;
  readonly drained$: Observable<void>;
  /** Super-segments and partial checksums, both ways: the kernel's if it has granted that, else made of plain frames here. */
  readonly offload: Offload;
  readonly kernelOffloads: boolean;

  readonly #linux: Linux;
  readonly #fd: number;
  readonly #watch: Watch;
  readonly #readLoop: ReadLoop;
  /** Bytes before each frame that say what is left to do to it; 0 without offload. */
  readonly #headerLength: number;
  readonly #arrivals = new Subject<readonly Arriving[]>();
  readonly #drains = new Subject<void>();
  readonly #space: ReadSpace;
  /** A header and the frame that is being written. */
  readonly #room: Uint8Array;
  /** With their headers. */
  readonly #queue: Uint8Array[] = [];
  #endReason: string | undefined;
  #framesIn = 0;
  #bytesIn = 0;
  #framesOut = 0;
  #bytesOut = 0;
  #superSegmentsIn = 0;
  #superSegmentsOut = 0;
  readonly #dropped: Record<TunDrop, number> = {
    'interface-down': 0,
    malformed: 0,
    'too-long': 0,
    'queue-full': 0,
    closed: 0,
    refused: 0,
  };

  /** Takes over a non-blocking descriptor that TUNSETIFF has attached to the interface `name`, with IFF_VNET_HDR if `offload`. */
  constructor(
    linux: Linux,
    fd: number,
    settings: {
      readonly name: string;
      readonly mtu: number;
      readonly offload?: boolean;
      readonly spinUs?: number;
    },
  ) {
    const { name, mtu, offload = false, spinUs = 0 } = settings;
    this.name = name;
    this.mtu = mtu;
    this.#linux = linux;
    this.#fd = fd;
    this.#readLoop = new ReadLoop({
      read: (limit) => this.#receive(limit),
      wanted: () => this.#arrivals.observed,
      spinMs: spinUs / 1_000,
      nowMs: () => performance.now(),
    });
    this.kernelOffloads = offload;
    this.#headerLength = offload ? VNET_HEADER_LENGTH : 0;
    this.#space = new ReadSpace(this.#headerLength + LONGEST_FRAME);
    this.#room = new Uint8Array(offload ? VNET_HEADER_LENGTH + LONGEST_FRAME : 0);
    this.#watch = linux.watch(fd, () => this.#turn());
    this.drained$ = this.#drains.asObservable();
    const arriving$ = new Observable<readonly Arriving[]>((subscriber) => {
      const subscription = this.#arrivals.subscribe(subscriber);
      this.#want();
      return () => {
        subscription.unsubscribe();
        this.#want();
      };
    });
    if (!offload) {
      this.frames$ = arriving$ as Observable<readonly Frame[]>;
      this.offload = softwareOffload(this);
      return;
    }
    this.frames$ = arriving$.pipe(map((batch) => batch.flatMap(plainFrames)));
    this.offload = {
      largest: LONGEST_FRAME,
      checksums: true,
      frames$: arriving$ as Observable<readonly OffloadedFrame[]>,
      room: (length) => this.#room.subarray(VNET_HEADER_LENGTH, VNET_HEADER_LENGTH + length),
      write: (offloaded) => this.#writeOffloaded(offloaded),
    };
  }

  /** Why the device is of no use any more: `closed`, or what became of the interface. Undefined while it works. */
  get endReason(): string | undefined {
    return this.#endReason;
  }

  get stats(): TunStats {
    return {
      framesIn: this.#framesIn,
      bytesIn: this.#bytesIn,
      framesOut: this.#framesOut,
      bytesOut: this.#bytesOut,
      superSegmentsIn: this.#superSegmentsIn,
      superSegmentsOut: this.#superSegmentsOut,
      queued: this.#queue.length,
      wakeUps: this.#readLoop.wakeUps,
      caught: this.#readLoop.caught,
      dropped: { ...this.#dropped },
    };
  }

  write(frame: Frame): boolean {
    if (this.kernelOffloads) return this.#writeOffloaded({ frame, segmentSize: 0, checksum: 'complete' });
    return this.#write(frame, frame.length);
  }

  /** The kernel cuts up only what it may write checksums to as well. */
  #writeOffloaded(offloaded: OffloadedFrame): boolean {
    const { frame, segmentSize, checksum } = offloaded;
    if (segmentSize > 0 && checksum !== 'partial')
      return plainFrames(offloaded).reduce((ready, plain) => this.write(plain) && ready, true);
    if (frame.length > LONGEST_FRAME) return this.#write(frame, frame.length);
    const length = VNET_HEADER_LENGTH + frame.length;
    const bytes = this.#room.subarray(0, length);
    // What was made in the room is there already.
    if (frame.buffer !== bytes.buffer) bytes.set(frame, VNET_HEADER_LENGTH);
    writeVnetHeader(bytes, offloaded);
    return this.#write(bytes, segmentSize > 0 ? 0 : frame.length);
  }

  /** @param length what must not be above the MTU; 0 for what the kernel cuts up */
  #write(bytes: Uint8Array, length: number): boolean {
    if (this.#endReason !== undefined) {
      this.#dropped.closed++;
      return true;
    }
    if (length > this.mtu) {
      this.#dropped['too-long']++;
      return this.#queue.length === 0;
    }
    if (this.#queue.length === 0 && this.#send(bytes)) return true;
    if (this.#endReason !== undefined) {
      this.#dropped.closed++;
      return true;
    }
    if (this.#queue.length >= QUEUE_LIMIT) this.#dropped['queue-full']++;
    // The room is for the next frame.
    else this.#queue.push(bytes.buffer === this.#room.buffer ? bytes.slice() : bytes);
    if (this.#queue.length === 1) this.#want();
    return false;
  }

  /** Closes the device; a device that is not persistent vanishes. Twice is fine. */
  close(): void {
    this.#end('closed');
  }

  /** Keeps the process alive, which is how a device begins. */
  ref(): this {
    if (this.#endReason === undefined) this.#watch.ref();
    return this;
  }

  /** Lets the process end although the device is open. */
  unref(): this {
    if (this.#endReason === undefined) this.#watch.unref();
    return this;
  }

  /** Reads only while somebody listens, waits for room only while something is queued. */
  #want(): void {
    if (this.#endReason !== undefined) return;
    this.#watch.want({ readable: this.#arrivals.observed, writable: this.#queue.length > 0 });
  }

  #turn(): void {
    if (this.#queue.length > 0) this.#flush();
    if (this.#arrivals.observed) this.#readLoop.turn();
    else if (this.#queue.length === 0) this.#probe();
  }

  /** Hands on a batch of `limit` frames at most. Returns how many, or `limit` where it left some for the next turn. */
  #receive(limit: number): number {
    const batch: Arriving[] = [];
    let bytes = 0;
    let failed = 0;
    while (batch.length < limit && bytes < BYTES_PER_BATCH) {
      const count = this.#linux.read(this.#fd, this.#space.place);
      if (count === -errno.EINTR) continue;
      if (count <= this.#headerLength) {
        if (count !== -errno.EAGAIN) failed = count;
        break;
      }
      bytes += count - this.#headerLength;
      batch.push(this.#take(count));
    }
    this.#framesIn += batch.length;
    this.#bytesIn += bytes;
    if (batch.length > 0) this.#arrivals.next(batch);
    if (failed < 0) this.#fail(failed);
    return bytes < BYTES_PER_BATCH ? batch.length : limit;
  }

  #take(count: number): Arriving {
    if (this.#headerLength === 0) return this.#space.take(0, count);
    const { segmentSize, checksum } = readVnetHeader(this.#space.place.subarray(0, count));
    if (segmentSize > 0) this.#superSegmentsIn++;
    return { frame: this.#space.take(VNET_HEADER_LENGTH, count), segmentSize, checksum };
  }

  /** With nothing to read or write, only an error can have called: this finds out which. */
  #probe(): void {
    if (this.#endReason !== undefined) return;
    const result = this.#linux.ioctl(this.#fd, TUNGETIFF, new InterfaceRequest('').bytes);
    if (result < 0) this.#fail(result);
  }

  #flush(): void {
    while (this.#queue.length > 0) {
      if (!this.#send(this.#queue[0]!)) return;
      this.#queue.shift();
    }
    this.#want();
    this.#drains.next();
  }

  /** False when the frame has to be tried again. A frame that the kernel will never take is counted, and done with. */
  #send(bytes: Uint8Array): boolean {
    let result: number;
    do result = this.#linux.write(this.#fd, bytes);
    while (result === -errno.EINTR);
    if (result >= 0) {
      this.#framesOut++;
      this.#bytesOut += bytes.length - this.#headerLength;
      if (this.#headerLength > 0 && isSuperSegment(bytes)) this.#superSegmentsOut++;
      return true;
    }
    switch (-result) {
      case errno.EAGAIN:
      case errno.ENOBUFS:
        return false;
      case errno.EIO:
        this.#dropped['interface-down']++;
        return true;
      case errno.EINVAL:
        this.#dropped.malformed++;
        return true;
      case errno.EBADFD:
        this.#fail(result);
        return false;
      default:
        this.#dropped.refused++;
        return true;
    }
  }

  #fail(result: number): void {
    this.#end(
      result === -errno.EBADFD
        ? `the interface ${this.name} was deleted`
        : `reading ${this.name} failed (errno ${-result})`,
    );
  }

  #end(reason: string): void {
    if (this.#endReason !== undefined) return;
    this.#endReason = reason;
    this.#dropped.closed += this.#queue.length;
    this.#queue.length = 0;
    this.#watch.close();
    this.#linux.close(this.#fd);
    this.#arrivals.complete();
    this.#drains.complete();
  }
}
