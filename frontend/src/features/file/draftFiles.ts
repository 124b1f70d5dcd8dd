/**
 * The files of drafts, kept on this device: after a reload they are attached again.
 *
 * Promises: what another page of the same person has sent or removed is attached here no more. It keeps
 * no bytes: these are on the server already, or have to be chosen again.
 */
import type { Offered, Upload, Uploads } from './upload';
import { offeredOf } from './useAttachments';

type DraftFile = Offered & { place: string };

/** Of a message that is being written, and not of a profile or an emoji. */
function isOfDraft({ place }: Upload): boolean {
  return place?.startsWith('chn_') || place?.startsWith('msg_') || false;
}

/** Attaches what was kept, and keeps what will be attached, until it is stopped. */
export function keepDraftFiles(uploads: Uploads, memberId: string): () => void {
  const prefix = `confab.draft.${memberId}.file.`;
  const kept = new Map<string, string>();
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith(prefix))) {
    const file = read(key);
    if (!file) continue;
    kept.set(key, '');
    const { place, ...offered } = file;
    uploads.restore(offered, place);
  }

  function keep() {
    const files = uploads.all().filter(isOfDraft);
    // Sent or removed by another device meanwhile; to let it go leads back here.
    const spent = files.find(({ file }) => file?.messageId || file?.removedAt);
    if (spent) return uploads.release(spent.id);
    const wanted = new Map(
      files.map((upload) => [
        prefix + upload.id,
        JSON.stringify({ ...offeredOf(upload), place: upload.place }),
      ]),
    );
    for (const [key, text] of wanted) {
      if (kept.get(key) === text) continue;
      kept.set(key, text);
      write(key, text);
    }
    for (const key of [...kept.keys()].filter((key) => !wanted.has(key))) {
      kept.delete(key);
      localStorage.removeItem(key);
    }
  }

  function onStorage({ key, newValue }: StorageEvent) {
    if (newValue !== null || !key || !kept.delete(key)) return;
    uploads.release(key.slice(prefix.length));
  }

  const unsubscribe = uploads.subscribe(keep);
  window.addEventListener('storage', onStorage);
  return () => {
    unsubscribe();
    window.removeEventListener('storage', onStorage);
  };
}

/** Nothing where it cannot be read; then it is forgotten. */
function read(key: string): DraftFile | null {
  try {
    const file = JSON.parse(localStorage.getItem(key) ?? 'null') as DraftFile | null;
    if (file?.id && file.place) return file;
  } catch {
    // As below.
  }
  localStorage.removeItem(key);
  return null;
}

/** Where the device has no room left it is attached, but not kept. */
function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    localStorage.removeItem(key);
  }
}
