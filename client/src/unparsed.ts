// What came on one channel and the viewer has not parsed yet, in the order in which it came: it tells which acknowledgements
// a parse is worth. The machine keeps the same list of what it has sent.

/** Output up to an offset, or a snapshot that stands for one. */
interface Item {
  readonly end: number;
  readonly isSnapshot: boolean;
}

export interface Ack {
  readonly offset: number;
  /** A snapshot is shown; otherwise all output up to the offset has been parsed. */
  readonly isShown: boolean;
}

export class Unparsed {
  #items: Item[] = [];

  add(end: number, isSnapshot: boolean): Item {
    const item = { end, isSnapshot };
    this.#items.push(item);
    return item;
  }

  /** This has been parsed, and with it all that came before. Nothing is said twice. */
  parsed(item: Item): Ack[] {
    const count = this.#items.indexOf(item) + 1;
    const done = this.#items.splice(0, count);
    const shown = done.filter(({ isSnapshot }) => isSnapshot);
    const acks = shown.map(({ end }) => ({ offset: end, isShown: true }));
    return item.isSnapshot || count === 0 ? acks : [...acks, { offset: item.end, isShown: false }];
  }
}
