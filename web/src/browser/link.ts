// What the address brings behind `#`, where no server, log or referrer ever sees it: a one-use link's secret, or an
// invitation to pair. Reading it connects to nothing.

import { type Invited, linkSecretOf, parseInvitation, sharedSecretOf } from "@homie/client";

export type Arrival =
  | { readonly kind: "link"; readonly secret: string }
  | { readonly kind: "pair"; readonly invited: Invited }
  /** The six digits are still to be typed. */
  | { readonly kind: "code" };

/** Takes it out of the address bar and out of the history entry it came in. */
export function takeArrival(location: Location, history: History): Arrival | undefined {
  const { hash, origin, pathname, search } = location;
  if (hash !== "") history.replaceState(null, "", pathname + search);
  const secret = linkSecretOf(hash);
  if (secret !== undefined) return { kind: "link", secret };
  if (hash === "#code") return { kind: "code" };
  // The page pairs with whoever has served it: that it came from here is part of the invitation.
  const invitation = parseInvitation(`${origin}/${hash}`);
  if (invitation !== undefined) return { kind: "pair", invited: { way: "qr", invitation } };
  const shared = sharedSecretOf(hash);
  return shared === undefined ? undefined : { kind: "pair", invited: { way: "secret", secret: shared } };
}

/** Opens this page anew, ready for a six-digit code. */
export function openForCode(page: Window): void {
  page.history.replaceState(null, "", "/#code");
  page.location.reload();
}
