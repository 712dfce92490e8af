/** Which sequence numbers have arrived at an end, by their distance from the peer's ISS: what may be acknowledged. */
export class Received {
  /** Everything before this has arrived, the SYN (0) included. */
  end = 0;
  /** Arrived beyond `end`: disjoint, not touching, in order. */
  #islands: { from: number; to: number }[] = [];

  add(from: number, to: number): void {
    if (to <= this.end || from >= to) return;
    if (from > this.end) {
      this.#insert(from, to);
      return;
    }
    this.end = to;
    while (this.#islands.length > 0 && this.#islands[0]!.from <= this.end)
      this.end = Math.max(this.end, this.#islands.shift()!.to);
  }

  /** Whether all of it has arrived. */
  has(from: number, to: number): boolean {
    if (to <= this.end) return true;
    return this.#islands.some((island) => Math.max(from, this.end) >= island.from && to <= island.to);
  }

  #insert(from: number, to: number): void {
    const islands = this.#islands;
    let first = islands.length;
    while (first > 0 && islands[first - 1]!.to >= from) first--;
    let behind = first;
    let [left, right] = [from, to];
    for (; behind < islands.length && islands[behind]!.from <= to; behind++) {
      left = Math.min(left, islands[behind]!.from);
      right = Math.max(right, islands[behind]!.to);
    }
    islands.splice(first, behind - first, { from: left, to: right });
  }
}
