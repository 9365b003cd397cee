// Somebody else's grid, or one that this screen has outgrown: how large it is, and a way to make it fit. Nothing but this
// button ever takes the size from another.

import type { ShownState } from "@homie/terminal";

export function SizeBanner({ state, onTake }: { state: ShownState; onTake: () => void }) {
  if (state.fits) return null;
  const { cols, rows } = state.grid;
  return (
    <div className="banner" role="status" aria-label={`${cols} by ${rows}, not the size of this window`}>
      <span className="size">
        {cols} × {rows}
      </span>
      {!state.drives && <span>sized by another viewer</span>}
      <button type="button" onClick={onTake}>
        {state.drives ? "Fit to this screen" : "Take over the size"}
      </button>
    </div>
  );
}
