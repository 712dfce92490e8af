/** Names for actors: the actor's own id and a number, so that the next connection with the same 4-tuple has another one. */
export class Names {
  readonly #names = new WeakMap<object, string>();
  #count = 0;

  /** Always the same for the same actor. */
  of(actor: { readonly id: string }): string {
    let name = this.#names.get(actor);
    if (name === undefined) {
      name = `${actor.id}#${++this.#count}`;
      this.#names.set(actor, name);
    }
    return name;
  }
}
