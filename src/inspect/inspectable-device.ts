import { Observable, Subject } from 'rxjs';
import type { Device, Frame } from '../net/device.ts';
import type { Departure, Direction, ImpairedDevice, Impairments, Loss } from '../net/impairments.ts';

/** An impaired device to which frames can be handed as if they had arrived. */
export interface InspectableDevice extends ImpairedDevice {
  /** The frame arrives now, behind the impairments. */
  inject(frame: Frame): void;
}

/** Whether a device can lose frames on request. */
export function isImpaired(device: Device): device is ImpairedDevice {
  return 'dropNext' in device && 'lost$' in device;
}

export function isInspectable(device: Device): device is InspectableDevice {
  return isImpaired(device) && 'inject' in device;
}

export function inspectableDevice(inner: ImpairedDevice): InspectableDevice {
  return isInspectable(inner) ? inner : new InjectingDevice(inner);
}

class InjectingDevice implements InspectableDevice {
  readonly name: string;
  readonly mtu: number;
  readonly frames$: Observable<readonly Frame[]>;
  readonly drained$: Observable<void>;
  readonly departures$: Observable<Departure>;
  readonly lost$: Observable<Loss>;
  readonly stats: ImpairedDevice['stats'];
  readonly #inner: ImpairedDevice;
  readonly #injected = new Subject<readonly Frame[]>();

  constructor(inner: ImpairedDevice) {
    this.#inner = inner;
    this.name = inner.name;
    this.mtu = inner.mtu;
    this.drained$ = inner.drained$;
    this.departures$ = inner.departures$;
    this.lost$ = inner.lost$;
    this.stats = inner.stats;
    // Not `merge`: the end of the device is the end of what can be injected.
    this.frames$ = new Observable((subscriber) => {
      const injected = this.#injected.subscribe((frames) => subscriber.next(frames));
      subscriber.add(injected);
      subscriber.add(inner.frames$.subscribe(subscriber));
    });
  }

  get impairments() {
    return this.#inner.impairments;
  }

  write(frame: Frame): boolean {
    return this.#inner.write(frame);
  }

  set(direction: Direction, impairments: Impairments): void {
    this.#inner.set(direction, impairments);
  }

  dropNext(direction: Direction, predicate: (frame: Frame) => boolean, count?: number): () => void {
    return this.#inner.dropNext(direction, predicate, count);
  }

  inject(frame: Frame): void {
    this.#injected.next([frame]);
  }

  close(): void {
    this.#inner.close();
  }
}
