// The program wants a text in the clipboard: the person sees it and decides. Nothing gets there unasked.

import { useState } from "react";
import { visible } from "./UnsentBanner.tsx";

const decoder = new TextDecoder();

export function ClipboardBanner({ text, onDone }: { text: Uint8Array; onDone: () => void }) {
  const [failure, setFailure] = useState<string>();
  const words = decoder.decode(text);
  const copy = () => {
    navigator.clipboard.writeText(words).then(onDone, (error: Error) => setFailure(error.message));
  };
  return (
    <div className="banner" role="alert">
      <span>{failure ?? "The program wants to copy:"}</span>
      <code>{visible(words.slice(0, 200))}</code>
      <button type="button" onClick={copy}>
        Copy
      </button>
      <button type="button" onClick={onDone}>
        Refuse
      </button>
    </div>
  );
}
