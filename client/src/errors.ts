// The one error type of the wire. `code` is a word of the table in section 9 of the spec; `field` is the way to what was
// wrong, with dots. A peer's words in it are cut short: they are shown, logged and sent back.

const MESSAGE_MAX = 200;
const STEP_MAX = 64;

export class WireError extends Error {
  override readonly name = "WireError";
  readonly field: string | undefined;

  constructor(
    readonly code: string,
    message: string,
    field?: string,
  ) {
    super(message.slice(0, MESSAGE_MAX));
    this.field = field?.slice(0, STEP_MAX);
  }

  /** For whoever is told: what was wrong, and why. */
  get sentence(): string {
    const sentence = this.field === undefined ? this.message : `${this.field}: ${this.message}`;
    return sentence.slice(0, MESSAGE_MAX);
  }

  /** The same error, found below `step`. */
  under(step: string): WireError {
    const error = new WireError(this.code, this.message);
    const short = step.slice(0, STEP_MAX);
    return Object.assign(error, { field: this.field === undefined ? short : `${short}.${this.field}` });
  }
}

/** Any thrown thing as an Error, so that no callback has to guess. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
