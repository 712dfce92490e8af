/** A list of row numbers that only grows at its end: four bytes an entry. */
export class IndexList {
  #items = new Int32Array(16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) {
      const larger = new Int32Array(this.#length * 2);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.#length++] = item;
  }

  at(index: number): number {
    return this.#items[index]!;
  }

  /** Lets go of the entries at the start for which `isGone` holds, once they are the most of it. */
  trim(isGone: (item: number) => boolean): void {
    const gone = this.countWhile(isGone);
    if (gone < 1_024 || gone * 2 < this.#length) return;
    this.#items = this.#items.slice(gone, Math.max(this.#length, gone + 16));
    this.#length -= gone;
  }

  /** How many entries at the start satisfy `holds`, which must hold for none behind the first for which it does not. */
  countWhile(holds: (item: number) => boolean): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(this.#items[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
