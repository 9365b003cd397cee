// The one-use link: its secret stands behind `#`, so that no server, log or referrer ever sees it.

import { linkSecretOf } from "@homie/client";

/** Takes the secret out of the address bar and out of the history entry it came in. */
export function takeLinkSecret(location: Location, history: History): string | undefined {
  const secret = linkSecretOf(location.hash);
  if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
  return secret;
}
