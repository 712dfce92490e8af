/** Moves from state to state that happen by themselves, in few bytes: for asking what can still be reached. */

const FIRST_CAPACITY = 1 << 12;

export class Edges {
  #offsets = new Uint32Array(FIRST_CAPACITY);
  #targets = new Uint32Array(FIRST_CAPACITY);
  #states = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** How many states have been begun. */
  get states(): number {
    return this.#states;
  }

  get bytes(): number {
    return this.#offsets.byteLength + this.#targets.byteLength;
  }

  /** The edges that are added from now on leave the next state. */
  begin(): void {
    if (this.#states + 1 >= this.#offsets.length) this.#offsets = doubled(this.#offsets);
    this.#offsets[this.#states++] = this.#size;
    this.#offsets[this.#states] = this.#size;
  }

  /** @param isDelivery it is one that may happen any number of times without time passing */
  add(target: number, isDelivery: boolean): void {
    if (this.#size === this.#targets.length) this.#targets = doubled(this.#targets);
    this.#targets[this.#size++] = target * 2 + (isDelivery ? 1 : 0);
    this.#offsets[this.#states] = this.#size;
  }

  from(state: number): number {
    return this.#offsets[state]!;
  }

  to(state: number): number {
    return this.#offsets[state + 1]!;
  }

  target(edge: number): number {
    return this.#targets[edge]! >>> 1;
  }

  isDelivery(edge: number): boolean {
    return (this.#targets[edge]! & 1) === 1;
  }
}

function doubled(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
