/** A banner above the app while the connection is down or the server is slow. */
import { useEffect, useState } from 'react';
import { slowRequests } from '../apollo/slowRequests';
import { useLiveState } from '../features/workspace/workspaceContext';
import { m } from '../paraglide/messages';
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
          {m.app_reconnecting_banner_slow()}
        </p>
      )}
      {shown && (
        <p className="bg-notice-tint py-1 text-center text-[12.5px] text-notice">
          {m.app_reconnecting_banner_reconnecting()}
        </p>
      )}
    </div>
  );
}
