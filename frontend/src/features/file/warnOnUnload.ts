/** Asks for confirmation before the page closes during an upload. */
import type { Uploads } from './upload';

export function warnOnUnload(uploads: Uploads): () => void {
  const onBeforeUnload = (event: BeforeUnloadEvent) => {
    if (uploads.isBusy()) event.preventDefault();
  };
  window.addEventListener('beforeunload', onBeforeUnload);
  return () => window.removeEventListener('beforeunload', onBeforeUnload);
}
