// A recording in the list: of what, when, how long and how large.

import type { RecordingInfo } from "@homie/client";

interface RecordingRowProps {
  readonly recording: RecordingInfo;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
}

export function RecordingRow({ recording, isSelected, onSelect }: RecordingRowProps) {
  const { name, ended_at } = recording;
  return (
    <li className="session recording" data-selected={isSelected || undefined}>
      <button type="button" className="open" aria-current={isSelected} onClick={onSelect}>
        <span className="line">
          <span className="name">{name}</span>
          {ended_at === undefined && <span className="rec">REC</span>}
        </span>
        <span className="facts">{factsOf(recording).join(" · ")}</span>
      </button>
    </li>
  );
}

const DATE = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});

export function factsOf({ started_at, ended_at, bytes, is_full }: RecordingInfo): string[] {
  const began = DATE.format(started_at);
  if (ended_at === undefined) return [began, "goes on"];
  const facts = [began, lengthOf((ended_at - started_at) / 1_000), sizeOf(bytes)];
  return is_full ? [...facts, "full"] : facts;
}

/** Seconds as a clock shows them. */
export function lengthOf(seconds: number): string {
  const [minutes, rest] = [Math.floor(seconds / 60), Math.floor(seconds % 60)];
  const hours = Math.floor(minutes / 60);
  const two = (number: number) => String(number).padStart(2, "0");
  return hours === 0 ? `${minutes}:${two(rest)}` : `${hours}:${two(minutes % 60)}:${two(rest)}`;
}

function sizeOf(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1_000))} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
