/** A device whose frames go nowhere of their own accord: what was written waits until it is told what becomes of it. */

import { type Observable, Subject } from 'rxjs';
import { addFate, duplicateOf } from '../../net/fates.ts';
import type { Device, Frame } from '../../net/index.ts';

export class StepLine implements Device {
  readonly name = 'steps';
  readonly mtu = 1_500;
  readonly frames$: Observable<readonly Frame[]>;
  readonly drained$ = new Subject<void>();
  readonly #arriving = new Subject<readonly Frame[]>();
  #line: Frame[] = [];
  #overtaken: Frame[] = [];

  constructor() {
    this.frames$ = this.#arriving.asObservable();
  }

  write(frame: Frame): boolean {
    this.#line.push(frame);
    return true;
  }

  close(): void {
    this.#arriving.complete();
  }

  /** A frame arrives here. */
  deliver(frame: Frame): void {
    this.#arriving.next([frame]);
  }

  /** The frames that wait, those that were overtaken included. */
  get waiting(): readonly Frame[] {
    return [...this.#line, ...this.#overtaken];
  }

  takeHead(): Frame | undefined {
    return this.#line.shift();
  }

  /** The first frame in line, of which a copy takes the place. */
  copyHead(): Frame | undefined {
    const frame = this.#line[0];
    if (frame) this.#line[0] = duplicateOf(frame);
    return frame;
  }

  overtakeHead(): Frame | undefined {
    const frame = this.#line.shift();
    if (frame) {
      addFate(frame, 'reordered');
      this.#overtaken.push(frame);
    }
    return frame;
  }

  takeOvertaken(which: number): Frame | undefined {
    return this.#overtaken.splice(which, 1)[0];
  }

  /** The frames that were written behind the first `count`, which never get any further. */
  dropBehind(count: number): Frame[] {
    return this.#line.splice(count);
  }

  get length(): number {
    return this.#line.length;
  }
}
