// Long lists come in pages, each of which says where the next one begins.

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** All of a list. */
export async function everyPage<T>(ask: (from: { after?: string }) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  let from: { after?: string } = {};
  while (true) {
    const { items, next } = await ask(from);
    found.push(...items);
    if (next === undefined) return found;
    from = { after: next };
  }
}
