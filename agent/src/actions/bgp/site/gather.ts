/** Work that is done for all who asked while the last of it was under way: many at once are one turn. */
export class Gather<Item, Answer> {
  readonly #work: (items: readonly Item[]) => Promise<Answer>;
  #items: Item[] = [];
  #next: Promise<Answer> | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(work: (items: readonly Item[]) => Promise<Answer>) {
    this.#work = work;
  }

  /** Resolves with what came of the turn that these items were part of. */
  async ask(items: readonly Item[]): Promise<Answer> {
    this.#items.push(...items);
    if (this.#next === null) {
      const next = this.#turn.then(async () => {
        const asked = this.#items;
        [this.#items, this.#next] = [[], null];
        return await this.#work(asked);
      });
      this.#next = next;
      this.#turn = next.catch(() => undefined);
    }
    return await this.#next;
  }
}
