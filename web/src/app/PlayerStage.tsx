// A recording in a terminal: played, paused, looked through, taken away as a file, removed.

import type { Circuit, RecordingInfo } from "@homie/client";
import { createTerminal, type TerminalEvents } from "@homie/terminal";
import { useEffect, useRef, useState } from "react";
import { type Cast, parseCast } from "../replay/cast.ts";
import { Player, type PlayerState } from "../replay/player.ts";
import { lengthOf } from "./RecordingRow.tsx";
import { useRecordingBytes } from "./useRecordingBytes.ts";

interface PlayerStageProps {
  readonly circuit: Circuit;
  readonly recording: RecordingInfo;
  readonly onRemove: () => void;
  readonly onClose: () => void;
}

export default function PlayerStage({ circuit, recording, onRemove, onClose }: PlayerStageProps) {
  const host = useRef<HTMLDivElement>(null);
  const { bytes, trouble } = useRecordingBytes(circuit, recording);
  const [cast, setCast] = useState<Cast>();
  const [player, setPlayer] = useState<Player>();
  const [state, setState] = useState<PlayerState>({ at: 0, isPlaying: false });

  useEffect(() => {
    const cast = bytes === undefined ? undefined : parseCast(new TextDecoder().decode(bytes));
    if (host.current === null || cast === undefined) return;
    const view = createTerminal(host.current, DEAF);
    view.setDriving(false);
    const player = new Player(cast, { view, now: () => performance.now(), after, onState: setState });
    setCast(cast);
    setPlayer(player);
    player.play();
    return () => {
      player.dispose();
      view.dispose();
    };
  }, [bytes]);

  return (
    <section className="stage player" aria-label={`Recording of ${recording.name}`}>
      <div className="screen">
        <div className="terminal-host" ref={host} />
      </div>
      <div className="controls">
        {cast !== undefined && player !== undefined && (
          <Transport cast={cast} player={player} state={state} />
        )}
        <span className="grow" role="status">
          {trouble ?? (bytes === undefined ? "Fetching…" : cast === undefined ? "This is no recording" : "")}
        </span>
        {bytes !== undefined && <Download name={recording.name} bytes={bytes} />}
        {recording.ended_at !== undefined && <Remove onRemove={onRemove} />}
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </section>
  );
}

interface TransportProps {
  readonly cast: Cast;
  readonly player: Player;
  readonly state: PlayerState;
}

function Transport({ cast, player, state: { at, isPlaying } }: TransportProps) {
  return (
    <>
      <button type="button" className="primary" onClick={() => (isPlaying ? player.pause() : player.play())}>
        {isPlaying ? "Pause" : "Play"}
      </button>
      <input
        type="range"
        aria-label="Place in the recording"
        min={0}
        max={cast.length}
        step="any"
        value={at}
        onChange={({ target }) => player.seek(Number(target.value))}
      />
      <span className="clock">
        {lengthOf(at)} / {lengthOf(cast.length)}
      </span>
    </>
  );
}

function Download({ name, bytes }: { name: string; bytes: Uint8Array<ArrayBuffer> }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const url = URL.createObjectURL(new Blob([bytes], { type: "application/x-asciicast" }));
    setUrl(url);
    return () => URL.revokeObjectURL(url);
  }, [bytes]);
  return (
    <a className="button" href={url} download={`${name}.cast`}>
      Download
    </a>
  );
}

/** It cannot be taken back, so it takes two. */
function Remove({ onRemove }: { onRemove: () => void }) {
  const [isSure, setIsSure] = useState(false);
  return (
    <button
      type="button"
      className={isSure ? "danger" : undefined}
      onBlur={() => setIsSure(false)}
      onClick={() => (isSure ? onRemove() : setIsSure(true))}
    >
      {isSure ? "Really delete?" : "Delete"}
    </button>
  );
}

/** A recording takes nothing in. */
const DEAF: TerminalEvents = {
  onInput: () => {},
  onRoom: () => {},
  onFits: () => {},
  onReach: () => {},
  needsHistory: () => false,
};

function after(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}
