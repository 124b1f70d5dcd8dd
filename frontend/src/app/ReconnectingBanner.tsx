/** The line above everything while the connection is away, or the server leaves one waiting. */
import { useEffect, useState, useSyncExternalStore } from 'react';
import { waiting } from '../apollo/waiting';
import { useWorkspace } from '../features/workspace/workspaceContext';

/** Says quietly that the connection is away, once it has been for a moment. */
export function ReconnectingBanner() {
  const { live } = useWorkspace();
  const away = live === 'reconnecting';
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!away) return setShown(false);
    const timer = setTimeout(() => setShown(true), 800);
    return () => clearTimeout(timer);
  }, [away]);
  const isLate = useSyncExternalStore(waiting.subscribe, waiting.isTooLong);
  return (
    <div role="status">
      {isLate && !shown && (
        <p className="bg-notice-tint py-1 text-center text-[12.5px] text-notice">
          The server takes long to answer. Still waiting…
        </p>
      )}
      {shown && (
        <p className="bg-notice-tint py-1 text-center text-[12.5px] text-notice">
          Reconnecting… What you write is kept and sent as soon as the server answers.
        </p>
      )}
    </div>
  );
}
