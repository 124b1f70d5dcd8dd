/**
 * Persists draft attachments on this device and restores them after a reload.
 *
 * Attachments that another tab of the same user sends or removes are dropped here as well. File contents
 * are not stored: they are on the server, or the user chooses the file again.
 */
import type { Upload, UploadMetadata, Uploads } from './upload';
import { uploadMetadataOf } from './useAttachments';

type DraftFile = UploadMetadata & { place: string };

/** Whether the upload belongs to a message draft, and not to a profile or an emoji. */
function isDraftUpload({ place }: Upload): boolean {
  return place?.startsWith('chn_') || place?.startsWith('msg_') || false;
}

/** Restores stored attachments and stores changes. Returns a function that stops it. */
export function persistDraftFiles(uploads: Uploads, memberId: string): () => void {
  const prefix = `confab.draft.${memberId}.file.`;
  const persisted = new Map<string, string>();
  for (const key of Object.keys(localStorage).filter((key) => key.startsWith(prefix))) {
    const file = read(key);
    if (!file) continue;
    persisted.set(key, '');
    const { place, ...metadata } = file;
    uploads.restore(metadata, place);
  }

  function persist() {
    const files = uploads.entries.get().filter(isDraftUpload);
    // Sent or removed on another device. Releasing it notifies this subscriber again.
    const obsolete = files.find(({ file }) => file?.messageId || file?.removedAt);
    if (obsolete) return uploads.release(obsolete.id);
    const wanted = new Map(
      files.map((upload) => [
        prefix + upload.id,
        JSON.stringify({ ...uploadMetadataOf(upload), place: upload.place }),
      ]),
    );
    for (const [key, text] of wanted) {
      if (persisted.get(key) === text) continue;
      persisted.set(key, text);
      write(key, text);
    }
    for (const key of [...persisted.keys()].filter((key) => !wanted.has(key))) {
      persisted.delete(key);
      localStorage.removeItem(key);
    }
  }

  function onStorage({ key, newValue }: StorageEvent) {
    if (newValue !== null || !key || !persisted.delete(key)) return;
    uploads.release(key.slice(prefix.length));
  }

  const unsubscribe = uploads.entries.subscribe(persist);
  window.addEventListener('storage', onStorage);
  return () => {
    unsubscribe();
    window.removeEventListener('storage', onStorage);
  };
}

/** Returns null for an invalid entry and removes it. */
function read(key: string): DraftFile | null {
  try {
    const file = JSON.parse(localStorage.getItem(key) ?? 'null') as DraftFile | null;
    if (file?.id && file.place) return file;
  } catch {
    // Removed below.
  }
  localStorage.removeItem(key);
  return null;
}

/** When storage is full, the file stays attached but is not persisted. */
function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    localStorage.removeItem(key);
  }
}
