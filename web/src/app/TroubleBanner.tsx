// What a machine has said no to, until somebody has read it.

interface TroubleBannerProps {
  readonly trouble: string | undefined;
  readonly onClose: () => void;
}

export function TroubleBanner({ trouble, onClose }: TroubleBannerProps) {
  if (trouble === undefined) return null;
  return (
    <div className="banner" role="alert">
      {trouble}
      <button type="button" onClick={onClose}>
        Close
      </button>
    </div>
  );
}
