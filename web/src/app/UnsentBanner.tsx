// Typed before the link broke, and too old or overtaken to be sent unasked: the person sees it and decides.

import type { Unsent } from "@homie/client";

const decoder = new TextDecoder();

export function UnsentBanner({ unsent, onDone }: { unsent: Unsent; onDone: () => void }) {
  const decide = (act: () => unknown) => () => {
    act();
    onDone();
  };
  return (
    <div className="banner" role="alert">
      <span>Typed before the link broke, and not sent:</span>
      <code>{visible(decoder.decode(unsent.bytes))}</code>
      <button type="button" onClick={decide(unsent.resend)}>
        Send it now
      </button>
      <button type="button" onClick={decide(unsent.discard)}>
        Forget it
      </button>
    </div>
  );
}

/** Control characters as the pictures Unicode has for them, so that a newline is seen before it is sent. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => {
    const code = control.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? "\u{2421}" : "\u{fffd}";
  });
}
