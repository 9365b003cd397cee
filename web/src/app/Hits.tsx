// Where a text was found: the line, and in which session.

import type { Circuit, Hit, SessionInfo } from "@homie/client";
import { useSearch } from "./useSearch.ts";

interface HitsProps {
  readonly circuit: Circuit;
  readonly text: string;
  readonly sessions: readonly SessionInfo[];
  readonly onSelect: (id: string) => void;
}

export function Hits({ circuit, text, sessions, onSelect }: HitsProps) {
  const { hits, silent, trouble, isDone } = useSearch(circuit, text);
  const nameOf = (id: string) => sessions.find((session) => session.id === id)?.name ?? id;
  return (
    <section className="lists" aria-label="Found" aria-busy={!isDone}>
      <h2>{trouble ?? (isDone ? countWords(hits.length, silent) : "Searching…")}</h2>
      <ul>
        {hits.map((hit) => (
          <li key={`${hit.session} ${hit.at.line} ${hit.at.column}`} className="session">
            <button type="button" className="open" onClick={() => onSelect(hit.session)}>
              <span className="line">
                <span className="name">{nameOf(hit.session)}</span>
              </span>
              <Found hit={hit} length={text.length} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The line around what was found; columns count characters, not code units. */
function Found({ hit, length }: { hit: Hit; length: number }) {
  const characters = [...hit.at.text];
  const { column } = hit.at;
  return (
    <span className="preview found">
      {characters.slice(Math.max(column - 24, 0), column).join("")}
      <mark>{characters.slice(column, column + length).join("")}</mark>
      {characters.slice(column + length).join("")}
    </span>
  );
}

function countWords(count: number, silent: number): string {
  const found = count === 0 ? "Nothing found" : count === 1 ? "1 line" : `${count} lines`;
  return silent === 0 ? found : `${found}; ${silent} did not answer`;
}
