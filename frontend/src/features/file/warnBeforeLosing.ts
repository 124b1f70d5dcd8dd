/** The browser asks before it closes a page from which files are still on their way. */
import type { Uploads } from './upload';

export function warnBeforeLosing(uploads: Uploads): () => void {
  const ask = (event: BeforeUnloadEvent) => {
    if (uploads.isBusy()) event.preventDefault();
  };
  window.addEventListener('beforeunload', ask);
  return () => window.removeEventListener('beforeunload', ask);
}
