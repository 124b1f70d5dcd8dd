/** Uploads against a real server: parts, order, breaks, refusals, cancelling. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { partSize, StorageServer } from './storageServer';
import { Uploads } from './upload';

let storage: StorageServer;
let uploads: Uploads;

beforeEach(async () => {
  // The simulated browser reports what breaks, as a real one does.
  vi.spyOn(console, 'error').mockImplementation(() => {});
  storage = await StorageServer.start();
  uploads = new Uploads(storage.port());
});

afterEach(async () => {
  uploads.stop();
  await storage.stop();
});

/** Bytes of which no two parts are alike. */
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
const puts = () => storage.asked.filter((what) => what.startsWith('put')).sort();

describe('Uploads', () => {
  it('sends a small file in one part, with its hash', async () => {
    const { id, content } = begin(1000);
    expect(id).toMatch(/^fil_[0-9a-f-]{36}$/);
    await becomes(id, 'done');
    expect(storage.asked).toEqual(['create', 'put 1', 'complete']);
    expect(storage.bytes(id).equals(content)).toBe(true);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(storage.kept.get(id)?.sha256).toBe(sha256);
    expect(uploads.get(id)).toMatchObject({ sent: 1000, place: 'chn_1', file: { name: 'a.bin' } });
  });

  it('sends a large one in parts, at most three at once, of all files together', async () => {
    const one = begin(5 * partSize + 7);
    const other = begin(4 * partSize, 'b.bin');
    await becomes(one.id, 'done');
    await becomes(other.id, 'done');
    expect(storage.busiest).toBeLessThanOrEqual(3);
    expect(storage.bytes(one.id).equals(one.content)).toBe(true);
    expect(storage.bytes(other.id).equals(other.content)).toBe(true);
  });

  it('goes on after a broken connection with what had not arrived', async () => {
    storage.breakOnce.add(5);
    const { id, content } = begin(6 * partSize);
    await becomes(id, 'done');
    expect(storage.asked).toContain('look');
    expect(storage.pauses).toEqual([undefined]);
    expect(storage.bytes(id).equals(content)).toBe(true);
    // The first ones had arrived before the break.
    expect(puts().filter((what) => what === 'put 1')).toHaveLength(1);
    expect(puts().filter((what) => what === 'put 5')).toHaveLength(2);
  });

  it('asks for fresh addresses when some have expired, at once', async () => {
    storage.expireOnce.add(1);
    const { id } = begin(10);
    await becomes(id, 'done');
    expect(storage.asked).toEqual(['create', 'put 1', 'look', 'put 1', 'complete']);
    expect(storage.pauses).toEqual([]);
  });

  it('begins anew under the same id when the upload itself has expired', async () => {
    storage.expireOnce.add(1);
    const { id } = begin(10);
    const { promise, resolve } = gate();
    storage.hold = promise;
    await vi.waitFor(() => expect(puts()).toEqual(['put 1']));
    storage.kept.delete(id);
    storage.hold = null;
    resolve();
    await becomes(id, 'done');
    expect(storage.asked).toEqual(['create', 'put 1', 'look', 'create', 'put 1', 'complete']);
  });

  it('waits while the server is checking', async () => {
    storage.checks = 2;
    const { id } = begin(10);
    await becomes(id, 'done');
    expect(storage.asked.filter((what) => what === 'complete')).toHaveLength(3);
    expect(storage.pauses).toEqual([1, 1]);
  });

  it('keeps what was refused, with the reason, until it is retried', async () => {
    storage.refusal = { code: 'PAYLOAD_TOO_LARGE', message: 'A file may have 100 MB.' };
    const { id } = begin(10);
    await becomes(id, 'failed');
    expect(uploads.get(id)?.failure?.message).toBe('A file may have 100 MB.');
    expect(uploads.isBusy()).toBe(false);
    storage.refusal = null;
    uploads.retry(id);
    await becomes(id, 'done');
    expect(uploads.get(id)?.failure).toBeUndefined();
  });

  it('sends everything again when what had arrived was wrong', async () => {
    storage.complaint = { code: 'BAD_USER_INPUT', message: 'Its SHA-256 is another.' };
    const { id } = begin(2 * partSize);
    await becomes(id, 'failed');
    uploads.retry(id);
    await becomes(id, 'done');
    expect(puts()).toEqual(['put 1', 'put 1', 'put 2', 'put 2']);
  });

  it('deletes what is a file already when it is not wanted', async () => {
    const { id } = begin(10);
    await becomes(id, 'done');
    uploads.cancel(id);
    expect(storage.asked.at(-1)).toBe('discard');
  });

  it('waits as long as a server that is away has asked for', async () => {
    storage.refusal = { code: 'UNAVAILABLE', message: 'Away.', retryAfter: 7 };
    const { id } = begin(10);
    await vi.waitFor(() => expect(storage.pauses[0]).toBe(7));
    storage.refusal = null;
    await becomes(id, 'done');
  });

  it('breaks off what is canceled, and tells the server', async () => {
    const { promise, resolve } = gate();
    storage.hold = promise;
    const { id } = begin(2 * partSize);
    await vi.waitFor(() => expect(puts()).toEqual(['put 1', 'put 2']));
    uploads.cancel(id);
    expect(uploads.get(id)).toBeUndefined();
    resolve();
    await vi.waitFor(() => expect(storage.asked).toContain('cancel'));
    // A place is free again for the next one.
    storage.hold = null;
    const next = begin(10);
    await becomes(next.id, 'done');
    expect(storage.asked.filter((what) => what === 'complete')).toHaveLength(1);
  });

  it('tells what a file shows as soon as there is one', async () => {
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

  it('takes up after a reload what has arrived, and asks for the bytes of the rest', async () => {
    const { id } = begin(10);
    await becomes(id, 'done');
    const half = begin(20, 'half.bin');
    await vi.waitFor(() => expect(storage.kept.has(half.id)).toBe(true));
    const offers = uploads
      .all()
      .map(({ state, sent, file, localUrl, place, ...offered }) => offered);
    uploads.stop();
    storage.kept.get(half.id)?.parts.clear();

    const reloaded = new Uploads(storage.port());
    for (const offered of offers) reloaded.restore(offered);
    await vi.waitFor(() => expect(reloaded.isDone(id)).toBe(true));
    await vi.waitFor(() => expect(reloaded.get(half.id)?.failure?.code).toBe('LOST'));
    expect(reloaded.provide(half.id, new Blob([bytes(21)]))).toBe(false);
    expect(reloaded.provide(half.id, new Blob([bytes(20)]))).toBe(true);
    await vi.waitFor(() => expect(reloaded.isDone(half.id)).toBe(true));
    reloaded.stop();
  });

  it('says how far it has come', async () => {
    const seen: number[] = [];
    const stop = uploads.subscribe(() => seen.push(uploads.all()[0]?.sent ?? 0));
    const { id } = begin(4 * partSize);
    await becomes(id, 'done');
    stop();
    expect(seen.at(0)).toBe(0);
    expect(seen.at(-1)).toBe(4 * partSize);
    expect(seen.some((sent) => sent > 0 && sent < 4 * partSize)).toBe(true);
  });
});
