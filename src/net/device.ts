import type { Observable } from 'rxjs';

/** One IP packet, from the first byte of its IP header to its last byte. Whoever is handed a frame owns it. */
export type Frame = Uint8Array;

/**
 * A network interface at the IP layer. Devices wrap devices: `impair(device, …)` is a device again.
 *
 * Frames come in batches, in the order of arrival: all that the device had when it was looked at. A batch is never empty.
 */
export interface Device {
  readonly name: string;
  /** The largest frame that the device takes, in bytes. */
  readonly mtu: number;
  readonly frames$: Observable<readonly Frame[]>;
  /**
   * Hands a frame to the device, which takes it in any case.
   *
   * @returns false when the device is full: the caller should hold back until `drained$` emits.
   */
  write(frame: Frame): boolean;
  readonly drained$: Observable<void>;
  close(): void;
}
