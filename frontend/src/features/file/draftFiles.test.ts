/** Draft attachments survive a reload. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { persistDraftFiles } from './draftFiles';
import { StorageServer } from './storageServer';
import { Uploads } from './upload';

const me = 'mem_me';
let storage: StorageServer;
let open: { uploads: Uploads; close: () => void }[];

beforeEach(async () => {
  open = [];
  storage = await StorageServer.start();
});

afterEach(async () => {
  for (const { close } of open) close();
  await storage.stop();
});

function page() {
  const uploads = new Uploads(storage.port(), 'wks_01h455vb4pex5vsknk084sn02q');
  const stop = persistDraftFiles(uploads, me);
  const close = () => {
    stop();
    uploads.stop();
  };
  open.push({ uploads, close });
  return { uploads, close };
}

const attached = (uploads: Uploads) =>
  uploads.entries
    .get()
    .flatMap(({ name, place, state }) => (place ? [{ name, place, state }] : []));

it('restores attachments after a reload until they are sent', async () => {
  const first = page();
  const place = 'chn_1';
  const id = first.uploads.add(new Blob(['kite']), { name: 'kite.bin', place });
  first.uploads.add(new Blob(['me']), { name: 'me.png', place: 'avatar' });
  await vi.waitFor(() => expect(first.uploads.isDone(id)).toBe(true));
  first.uploads.describe(id, 'A kite');
  first.close();

  const second = page();
  expect(attached(second.uploads)).toMatchObject([{ name: 'kite.bin', place }]);
  await vi.waitFor(() => expect(second.uploads.isDone(id)).toBe(true));
  expect(second.uploads.get(id)?.alt).toBe('A kite');
  second.uploads.detach([id]);
  second.close();
  expect(attached(page().uploads)).toEqual([]);
  expect(localStorage.length).toBe(0);
});

it('keeps the attachment when its upload is lost and retried', async () => {
  const first = page();
  const id = first.uploads.add(new Blob(['kite']), { name: 'kite.bin', place: 'msg_1' });
  await vi.waitFor(() => expect(storage.stored.has(id)).toBe(true));
  first.close();
  storage.stored.get(id)?.parts.clear();

  const { uploads } = page();
  await vi.waitFor(() => expect(uploads.get(id)?.failure?.code).toBe('LOST'));
  uploads.retry(id);
  expect(attached(uploads)).toMatchObject([{ place: 'msg_1', state: 'checking' }]);
});

it('does not cancel an upload whose contents another page holds', async () => {
  const id = 'fil_1';
  const file = { id, name: 'a', type: '', size: 9, isVoice: false, alt: '', place: 'chn_1' };
  localStorage.setItem(`confab.draft.${me}.file.${id}`, JSON.stringify(file));
  localStorage.setItem(`confab.draft.${me}.file.fil_2`, '{');
  const { uploads } = page();
  await vi.waitFor(() => expect(uploads.get(id)?.failure?.code).toBe('LOST'));
  uploads.cancel(id);
  expect(uploads.entries.get()).toEqual([]);
  expect(localStorage.length).toBe(0);
  expect(storage.requests).not.toContain('cancel');
});

it('drops an attachment that another page has sent', async () => {
  const { uploads } = page();
  const id = uploads.add(new Blob(['kite']), { name: 'kite.bin', place: 'chn_1' });
  const other = uploads.add(new Blob(['tail']), { name: 'tail.bin', place: 'chn_1' });
  const key = `confab.draft.${me}.file.${id}`;
  expect(localStorage.getItem(key)).toContain('kite.bin');
  localStorage.removeItem(key);
  window.dispatchEvent(new StorageEvent('storage', { key, newValue: null }));
  expect(uploads.entries.get().map((upload) => upload.id)).toEqual([other]);
  expect(storage.requests).not.toContain('cancel');
});
