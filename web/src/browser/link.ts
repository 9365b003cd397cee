// The one-use link: its secret stands behind `#`, so that no server, log or referrer ever sees it.

const SHAPE = /^#link=([a-z2-7]{26})$/;

/** Takes the secret out of the address bar and out of the history entry it came in. */
export function takeLinkSecret(location: Location, history: History): string | undefined {
  const secret = SHAPE.exec(location.hash)?.[1];
  if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
  return secret;
}
