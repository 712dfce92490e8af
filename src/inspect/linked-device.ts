import type { Observable } from 'rxjs';
import type { Device, Frame } from '../net/device.ts';
import type { ImpairedDevice, Impairments } from '../net/impairments.ts';

/**
 * A device whose faults are those of a link further away: frames go through what lies between the stack and the link, and
 * faults into the link itself.
 */
export function linkedDevice(device: Device, link: ImpairedDevice): ImpairedDevice {
  return new LinkedDevice(device, link);
}

class LinkedDevice implements ImpairedDevice {
  readonly name: string;
  readonly mtu: number;
  readonly frames$: Observable<readonly Frame[]>;
  readonly drained$: Observable<void>;
  readonly departures$: ImpairedDevice['departures$'];
  readonly lost$: ImpairedDevice['lost$'];
  readonly stats: ImpairedDevice['stats'];
  readonly #device: Device;
  readonly #link: ImpairedDevice;

  constructor(device: Device, link: ImpairedDevice) {
    this.#device = device;
    this.#link = link;
    this.name = device.name;
    this.mtu = device.mtu;
    this.frames$ = device.frames$;
    this.drained$ = device.drained$;
    this.departures$ = link.departures$;
    this.lost$ = link.lost$;
    this.stats = link.stats;
  }

  get impairments() {
    return this.#link.impairments;
  }

  write(frame: Frame): boolean {
    return this.#device.write(frame);
  }

  set(direction: 'in' | 'out', impairments: Impairments): void {
    this.#link.set(direction, impairments);
  }

  dropNext(direction: 'in' | 'out', predicate: (frame: Frame) => boolean, count?: number): () => void {
    return this.#link.dropNext(direction, predicate, count);
  }

  close(): void {
    this.#device.close();
  }
}
