// Writes to a terminal and waits until it has parsed all of it.

import type { Terminal } from "@xterm/headless";

export function written(terminal: Terminal, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => terminal.write(data, resolve));
}
