// While the link is away: why, and a way not to wait. The terminal stays as it was; nothing typed is lost.

import type { ConnectionState } from "@homie/client";
import type { Machines } from "../machines/useMachines.ts";
import { type Beyond, beyondOf } from "../machines/words.ts";

interface LinkBannerProps {
  readonly connection: ConnectionState;
  readonly machines: Machines;
  readonly onRetry: () => void;
}

export function LinkBanner({ connection, machines: { here, all }, onRetry }: LinkBannerProps) {
  if (connection.phase !== "waiting") return null;
  const known = all.map(({ info }) => info);
  const beyond = beyondOf(here.info, connection, known);
  return (
    <div className="banner" role="status">
      {beyond === undefined ? (
        <span>Reconnecting: {connection.why.message}. Your sessions go on.</span>
      ) : (
        <Elsewhere machine={here.info.name} beyond={beyond} />
      )}
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}

/** One machine may be in between, and the one that has served this page is in between already. */
function Elsewhere({ machine, beyond: { through, page } }: { machine: string; beyond: Beyond }) {
  return (
    <>
      <span>
        {machine} is there, behind {through}: a page that comes from another machine does not get to it.{" "}
        {page === undefined && `Open the page of ${through}: "homie pair --here" on it prints a link.`}
      </span>
      {page !== undefined && <a href={page}>Open the page of {through}</a>}
    </>
  );
}
