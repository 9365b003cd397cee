// The one error type of this package. `code` is a word of the table in section 9 of the spec; `field` names what was wrong.

export class WireError extends Error {
  override readonly name = "WireError";

  constructor(
    readonly code: string,
    message: string,
    readonly field?: string,
  ) {
    super(message);
  }
}

/** Any thrown thing as an Error, so that no callback has to guess. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
