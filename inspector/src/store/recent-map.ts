/**
 * A map of numbers that remembers the latest entries, between one and two times its capacity. Two maps take turns: to delete
 * the oldest entry of one map each time costs more the longer it is done, since a Map walks over what was deleted.
 */
export class RecentMap {
  readonly #capacity: number;
  #young = new Map<number, number>();
  #old = new Map<number, number>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: number): number | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: number, value: number): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
