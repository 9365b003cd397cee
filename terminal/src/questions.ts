// Which sequences ask. The same list in Rust is in `homie/src/attach/sift.rs`.

/** Prefix, intermediates and last byte of control sequences that do nothing but ask. */
const CSI_QUESTIONS: ReadonlySet<string> = new Set([
  "c", // DA1
  ">c", // DA2
  "=c", // DA3
  "n", // DSR: status, cursor position
  "?n", // DSR of DEC: also the colour scheme
  "$p", // DECRQM, ANSI modes
  "?$p", // DECRQM, DEC modes
  ">q", // XTVERSION
  "?u", // kitty keyboard flags
  "?m", // XTQMODKEYS
  "?S", // XTSMGRAPHICS
  "x", // DECREQTPARM
  "$w", // DECRQPSR
  "$u", // DECRQTSR
  "*y", // DECRQCRA
]);

/** Window operations (CSI t) that ask; the others do something. */
const WINDOW_REPORTS: ReadonlySet<number> = new Set([11, 13, 14, 15, 16, 18, 19, 20, 21]);

/** OSC numbers that set a colour or a font, or ask for it with a question mark. */
const SETTINGS: ReadonlySet<string> = new Set(
  [4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 50].map(String),
);

/** Whether a sequence asks: from its ESC on, whole, or as much of it as was kept. */
export function isQuestion(sequence: readonly number[]): boolean {
  const text = String.fromCharCode(...sequence);
  switch (text[1]) {
    case "[":
      return isControlQuestion(text.slice(2));
    case "]":
      return isCommandQuestion(text.slice(2));
    case "P": // DECRQSS, XTGETTCAP
      return /^[0-9;]*[$+]q/.test(text.slice(2));
    case "_": // Whoever takes kitty's pictures answers each.
      return text[2] === "G";
    default: // DECID
      return text === "\x1bZ";
  }
}

function isControlQuestion(body: string): boolean {
  const parts = /^([<=>?]?)([^ -/]*)([ -/]*)([@-~])$/.exec(body);
  if (parts === null) return false;
  const [, prefix = "", parameters = "", intermediates = "", last = ""] = parts;
  const name = `${prefix}${intermediates}${last}`;
  return name === "t" ? WINDOW_REPORTS.has(Number(parameters.split(";")[0])) : CSI_QUESTIONS.has(name);
}

function isCommandQuestion(body: string): boolean {
  const end = ["\x07", "\x1b\\"].find((end) => body.endsWith(end)) ?? "";
  const [number = "", ...rest] = body.slice(0, body.length - end.length).split(";");
  if (number === "52") return true;
  return SETTINGS.has(number) && rest.some((part) => part === "?" || part.endsWith("=?"));
}
