// While the link is away: why, and a way not to wait. The terminal stays as it was; nothing typed is lost.

import type { ConnectionState } from "@homie/client";

interface LinkBannerProps {
  readonly connection: ConnectionState;
  readonly onRetry: () => void;
}

export function LinkBanner({ connection, onRetry }: LinkBannerProps) {
  if (connection.phase !== "waiting") return null;
  return (
    <div className="banner" role="status">
      <span>Reconnecting: {connection.why.message}. Your sessions go on.</span>
      <button type="button" onClick={onRetry}>
        Try now
      </button>
    </div>
  );
}
