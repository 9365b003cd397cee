// A page that has nothing to show but words, and perhaps one thing to do.

import type { ReactNode } from "react";

export function Message({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="message">
      <h1>{title}</h1>
      {children}
    </main>
  );
}
