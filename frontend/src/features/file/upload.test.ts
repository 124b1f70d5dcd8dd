/** Uploads against a real HTTP server: parts, order, interruptions, rejections and cancellation. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { partSize, StorageServer } from './storageServer';
import { Uploads } from './upload';

const workspaceId = 'wks_01h455vb4pex5vsknk084sn02q';

let storage: StorageServer;
let uploads: Uploads;

beforeEach(async () => {
  // happy-dom logs broken connections, as browsers do.
  vi.spyOn(console, 'error').mockImplementation(() => {});
  storage = await StorageServer.start();
  uploads = new Uploads(storage.port(), workspaceId);
});

afterEach(async () => {
  uploads.stop();
  await storage.stop();
});

/** Contents in which no two parts are equal. */
function bytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + (at >> 10)) % 251);
}

function begin(length: number, name = 'a.bin'): { id: string; content: Uint8Array } {
  const content = bytes(length);
  return { id: uploads.add(new Blob([content]), { name, place: 'chn_1' }), content };
}

function gate(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((open) => {
    resolve = open;
  });
  return { promise, resolve };
}

const state = (id: string) => uploads.get(id)?.state;
const becomes = (id: string, expected: string) =>
  vi.waitFor(() => expect(state(id)).toBe(expected), { timeout: 10_000 });
const puts = () => storage.requests.filter((what) => what.startsWith('put')).sort();

describe('Uploads', () => {
  it('uploads a small file in one part, with its hash', async () => {
    const { id, content } = begin(1000);
    expect(id).toMatch(/^fil_01h455vb4pex5vsknk084sn02q[0-9a-z]{26}$/);
    await becomes(id, 'done');
    expect(storage.requests).toEqual(['create', 'put 1', 'complete']);
    expect(storage.bytes(id).equals(content)).toBe(true);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(storage.stored.get(id)?.sha256).toBe(sha256);
    expect(uploads.get(id)).toMatchObject({ sent: 1000, place: 'chn_1', file: { name: 'a.bin' } });
  });

  it('uploads at most three parts at a time across all files', async () => {
    const one = begin(5 * partSize + 7);
    const other = begin(4 * partSize, 'b.bin');
    await becomes(one.id, 'done');
    await becomes(other.id, 'done');
    expect(storage.maxConcurrent).toBeLessThanOrEqual(3);
    expect(storage.bytes(one.id).equals(one.content)).toBe(true);
    expect(storage.bytes(other.id).equals(other.content)).toBe(true);
  });

  it('resumes with the missing parts after a broken connection', async () => {
    storage.breakOnce.add(5);
    const { id, content } = begin(6 * partSize);
    await becomes(id, 'done');
    expect(storage.requests).toContain('getParts');
    expect(storage.pauses).toEqual([undefined]);
    expect(storage.bytes(id).equals(content)).toBe(true);
    // The first parts were received before the break.
    expect(puts().filter((what) => what === 'put 1')).toHaveLength(1);
    expect(puts().filter((what) => what === 'put 5')).toHaveLength(2);
  });

  it('requests new URLs immediately when some have expired', async () => {
    storage.expireOnce.add(1);
    const { id } = begin(10);
    await becomes(id, 'done');
    expect(storage.requests).toEqual(['create', 'put 1', 'getParts', 'put 1', 'complete']);
    expect(storage.pauses).toEqual([]);
  });

  it('starts over under the same id when the upload has expired', async () => {
    storage.expireOnce.add(1);
    const { id } = begin(10);
    const { promise, resolve } = gate();
    storage.hold = promise;
    await vi.waitFor(() => expect(puts()).toEqual(['put 1']));
    storage.stored.delete(id);
    storage.hold = null;
    resolve();
    await becomes(id, 'done');
    expect(storage.requests).toEqual([
      'create',
      'put 1',
      'getParts',
      'create',
      'put 1',
      'complete',
    ]);
  });

  it('polls while the server is processing', async () => {
    storage.pendingChecks = 2;
    const { id } = begin(10);
    await becomes(id, 'done');
    expect(storage.requests.filter((what) => what === 'complete')).toHaveLength(3);
    expect(storage.pauses).toEqual([1, 1]);
  });

  it('keeps a rejected upload with its error until it is retried', async () => {
    storage.createError = { code: 'PAYLOAD_TOO_LARGE', message: 'Maximum file size: 100 MB.' };
    const { id } = begin(10);
    await becomes(id, 'failed');
    expect(uploads.get(id)?.failure?.message).toBe('Maximum file size: 100 MB.');
    expect(uploads.isBusy()).toBe(false);
    storage.createError = null;
    uploads.retry(id);
    await becomes(id, 'done');
    expect(uploads.get(id)?.failure).toBeUndefined();
  });

  it('uploads all parts again when the received contents were wrong', async () => {
    storage.completeError = { code: 'BAD_USER_INPUT', message: 'The SHA-256 does not match.' };
    const { id } = begin(2 * partSize);
    await becomes(id, 'failed');
    uploads.retry(id);
    await becomes(id, 'done');
    expect(puts()).toEqual(['put 1', 'put 1', 'put 2', 'put 2']);
  });

  it('deletes the file when a completed upload is cancelled', async () => {
    const { id } = begin(10);
    await becomes(id, 'done');
    uploads.cancel(id);
    expect(storage.requests.at(-1)).toBe('discard');
  });

  it('honors retryAfter of an unavailable server', async () => {
    storage.createError = { code: 'UNAVAILABLE', message: 'Unavailable.', retryAfter: 7 };
    const { id } = begin(10);
    await vi.waitFor(() => expect(storage.pauses[0]).toBe(7));
    storage.createError = null;
    await becomes(id, 'done');
  });

  it('aborts a cancelled upload and notifies the server', async () => {
    const { promise, resolve } = gate();
    storage.hold = promise;
    const { id } = begin(2 * partSize);
    await vi.waitFor(() => expect(puts()).toEqual(['put 1', 'put 2']));
    uploads.cancel(id);
    expect(uploads.get(id)).toBeUndefined();
    resolve();
    await vi.waitFor(() => expect(storage.requests).toContain('cancel'));
    // The permits are available again.
    storage.hold = null;
    const next = begin(10);
    await becomes(next.id, 'done');
    expect(storage.requests.filter((what) => what === 'complete')).toHaveLength(1);
  });

  it('sends the description once the file exists', async () => {
    const { promise, resolve } = gate();
    storage.hold = promise;
    const { id } = begin(10);
    uploads.describe(id, 'A red kite');
    expect(storage.described).toEqual([]);
    resolve();
    await becomes(id, 'done');
    expect(storage.described).toEqual([`${id} A red kite`]);
    uploads.describe(id, 'A blue kite');
    expect(storage.described.at(-1)).toBe(`${id} A blue kite`);
  });

  it('restores completed uploads after a reload, and requires the contents of incomplete ones', async () => {
    const { id } = begin(10);
    await becomes(id, 'done');
    const half = begin(20, 'half.bin');
    await vi.waitFor(() => expect(storage.stored.has(half.id)).toBe(true));
    const uploadsBefore = uploads.entries
      .get()
      .map(({ state, sent, file, localUrl, place, ...metadata }) => metadata);
    uploads.stop();
    storage.stored.get(half.id)?.parts.clear();

    const reloaded = new Uploads(storage.port(), workspaceId);
    for (const metadata of uploadsBefore) reloaded.restore(metadata);
    await vi.waitFor(() => expect(reloaded.isDone(id)).toBe(true));
    await vi.waitFor(() => expect(reloaded.get(half.id)?.failure?.code).toBe('LOST'));
    expect(reloaded.provide(half.id, new Blob([bytes(21)]))).toBe(false);
    expect(reloaded.provide(half.id, new Blob([bytes(20)]))).toBe(true);
    await vi.waitFor(() => expect(reloaded.isDone(half.id)).toBe(true));
    reloaded.stop();
  });

  it('reports progress', async () => {
    const seen: number[] = [];
    const stop = uploads.entries.subscribe(() => seen.push(uploads.entries.get()[0]?.sent ?? 0));
    const { id } = begin(4 * partSize);
    await becomes(id, 'done');
    stop();
    expect(seen.at(0)).toBe(0);
    expect(seen.at(-1)).toBe(4 * partSize);
    expect(seen.some((sent) => sent > 0 && sent < 4 * partSize)).toBe(true);
  });
});
