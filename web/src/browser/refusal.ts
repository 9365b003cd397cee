// A machine has said no. Any other error is a fault of ours, and goes on to where faults are seen.

import { RequestError } from "@homie/client";

/** For `catch` and `then`: hears what was refused. */
export function refused(hear: (refusal: RequestError) => void): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof RequestError)) throw error;
    hear(error);
  };
}
