/** A banner above the app while the connection is down or the server is slow. */
import { useEffect, useState } from 'react';
import { slowRequests } from '../apollo/slowRequests';
import { useLiveState } from '../features/workspace/workspaceContext';
import { useStore } from '../ui/store';

/** Appears only after 800 ms, so that short interruptions do not flicker. */
export function ReconnectingBanner() {
  const live = useLiveState();
  const isDisconnected = live === 'reconnecting';
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!isDisconnected) return setShown(false);
    const timer = setTimeout(() => setShown(true), 800);
    return () => clearTimeout(timer);
  }, [isDisconnected]);
  const isSlow = useStore(slowRequests, (slow) => slow.length > 0);
  return (
    <div role="status">
      {isSlow && !shown && (
        <p className="bg-notice-tint py-1 text-center text-[12.5px] text-notice">
          The server is slow to respond. Still waiting…
        </p>
      )}
      {shown && (
        <p className="bg-notice-tint py-1 text-center text-[12.5px] text-notice">
          Reconnecting… Messages you write are sent when you're back online.
        </p>
      )}
    </div>
  );
}
