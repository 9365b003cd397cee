// What a sheet's machine has said no to last, in words. That the sheet was closed meanwhile is no trouble.

import { useMemo, useState } from "react";
import { refused } from "./refusal.ts";

export interface Trouble {
  readonly trouble: string | undefined;
  /** For `catch` and `then`. */
  readonly tell: (error: unknown) => void;
  readonly forget: () => void;
}

export function useTrouble(): Trouble {
  const [trouble, setTrouble] = useState<string>();
  const acts = useMemo(
    () => ({
      tell: refused(({ code, message }) => {
        if (code !== "closed") setTrouble(message);
      }),
      forget: () => setTrouble(undefined),
    }),
    [],
  );
  return { trouble, ...acts };
}
