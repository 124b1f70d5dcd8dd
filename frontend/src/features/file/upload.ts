/**
 * Uploads of one workspace: every file on its way to the server, as a store that React can watch.
 *
 * Promises: a file keeps the id that was minted here, through retries, broken connections and fresh
 * addresses; parts that have arrived are not sent again; at most three parts are under way at once,
 * of all files together; a failure that time can cure is tried again by itself, longer apart each
 * time; any other waits, with its reason, for the person. It knows neither React nor GraphQL nor
 * where a file is shown, so an upload goes on while one looks at other channels.
 */
import { type Failure, isPassing } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { digestOf } from './digest';
import { type File, kindOfType } from './file';
import { PartFailure, putPart } from './putPart';
import { Slots } from './slots';

export type UploadState =
  /** Being hashed, or behind other files. */
  | 'preparing'
  | 'sending'
  /** The connection broke; it is tried again by itself. */
  | 'waiting'
  /** Everything has arrived and is being looked at. */
  | 'checking'
  | 'done'
  | 'failed';

/** What is said of a file before there is one. */
export interface Offered {
  id: string;
  name: string;
  type: string;
  size: number;
  isVoice: boolean;
  alt: string;
  /** Of a picture, once the browser has decoded it. */
  width: number | null;
  height: number | null;
}

export interface Upload extends Offered {
  state: UploadState;
  /** How many bytes have gone out. */
  sent: number;
  failure?: Failure;
  file?: File;
  /** Leads to the bytes on this device; null after a reload. */
  localUrl: string | null;
  /** The draft it belongs to; null once it was sent or where it belongs to none. */
  place: string | null;
}

export interface PartTarget {
  url: string;
  method: string;
  headers: readonly { name: string; value: string }[];
}

export interface Part extends PartTarget {
  number: number;
  offset: number;
  size: number;
  isReceived: boolean;
}

/** What the uploads need of the server. All reject with a `Failure`. */
export interface UploadPort {
  create(offered: Offered, sha256: string | undefined): Promise<readonly Part[]>;
  /** The parts with fresh addresses. */
  look(id: string): Promise<readonly Part[]>;
  /** Null while the server is still checking. */
  complete(id: string): Promise<File | null>;
  cancel(id: string): Promise<void>;
  /** Deletes what is a file already but was never sent. */
  discard(id: string): Promise<void>;
  describe(id: string, alt: string): Promise<void>;
  /** Resolves before the next attempt, or when the signal says that it is of no use any more. */
  pause(attempt: number, seconds: number | undefined, signal: AbortSignal): Promise<void>;
  measure(blob: Blob): Promise<{ width: number; height: number } | null>;
}

export interface Details {
  name: string;
  type?: string;
  isVoice?: boolean;
  place: string | null;
}

const partsAtOnce = 3;
const checkEverySeconds = 1;
/** Addresses that are refused although they are fresh. */
const mostRefusals = 3;

const lost: Failure = {
  code: 'LOST',
  message: 'The page was closed before it had arrived. Choose it again, or remove it.',
};

export class Uploads {
  private entries: readonly Upload[] = [];
  private readonly blobs = new Map<string, Blob>();
  private readonly digests = new Map<string, string | undefined>();
  private readonly runs = new Map<string, AbortController>();
  private readonly listeners = new Set<() => void>();
  private readonly slots = new Slots(partsAtOnce);

  constructor(private readonly port: UploadPort) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  all = (): readonly Upload[] => this.entries;

  get(id: string): Upload | undefined {
    return this.entries.find((entry) => entry.id === id);
  }

  isDone = (id: string): boolean => this.get(id)?.state === 'done';

  /** Whether closing the page would lose something. */
  isBusy(): boolean {
    return this.entries.some(({ state }) => state !== 'done' && state !== 'failed');
  }

  /** Begins to upload; answers with the id that the file will have. */
  add(blob: Blob, { name, type = blob.type, isVoice = false, place }: Details): string {
    const id = mintId('fil');
    this.blobs.set(id, blob);
    const offered = {
      id,
      name,
      type,
      size: blob.size,
      isVoice,
      alt: '',
      width: null,
      height: null,
    };
    const localUrl = URL.createObjectURL(blob);
    this.set([...this.entries, { ...offered, state: 'preparing', sent: 0, localUrl, place }]);
    this.measure(id, blob);
    this.start(id);
    return id;
  }

  /** Takes up what an earlier page had offered: its bytes may have arrived, but are not here. */
  restore(offered: Offered, place: string | null = null): void {
    if (this.get(offered.id)) return;
    const entry: Upload = { ...offered, state: 'checking', sent: 0, localUrl: null, place };
    this.set([...this.entries, entry]);
    this.look(offered.id);
  }

  /** Asks for the file of an upload without having its bytes. */
  private async look(id: string): Promise<void> {
    const run = this.begin(id);
    try {
      await this.finish(id, run.signal);
    } catch (thrown) {
      const failure = thrown as Failure;
      // What the server cannot be asked is asked again when the person wants it.
      this.fail(id, run, isPassing(failure) ? failure : lost);
    }
  }

  retry(id: string): void {
    const entry = this.get(id);
    if (entry?.state !== 'failed') return;
    if (this.blobs.has(id)) {
      // What has arrived may be what was wrong with it.
      this.start(id, entry.sent === entry.size);
      return;
    }
    this.change(id, { failure: undefined });
    this.look(id);
  }

  /** The bytes of a file that was lost with its page. False when they are not the same. */
  provide(id: string, blob: Blob): boolean {
    if (this.get(id)?.size !== blob.size) return false;
    this.blobs.set(id, blob);
    this.change(id, { localUrl: URL.createObjectURL(blob) });
    this.start(id);
    return true;
  }

  /** Gives a file up, here and on the server. */
  cancel(id: string): void {
    const isFile = this.isDone(id);
    // Another page may have the bytes and be sending them; what nobody sends expires.
    const isElsewhere = !isFile && !this.blobs.has(id);
    this.release(id);
    if (isElsewhere) return;
    // What stays there expires.
    (isFile ? this.port.discard(id) : this.port.cancel(id)).catch(() => {});
  }

  /** Forgets a file that is shown from the server by now. */
  release(id: string): void {
    const entry = this.get(id);
    if (!entry) return;
    this.runs.get(id)?.abort();
    if (entry.localUrl) URL.revokeObjectURL(entry.localUrl);
    this.blobs.delete(id);
    this.digests.delete(id);
    this.runs.delete(id);
    this.set(this.entries.filter((e) => e.id !== id));
  }

  /** Says what a file shows; told to the server when it has the file. */
  describe(id: string, alt: string): void {
    const done = this.isDone(id);
    this.change(id, { alt });
    if (done) this.port.describe(id, alt).catch((failure) => this.change(id, { failure }));
  }

  /** These belong to a message now. */
  sentWith(ids: readonly string[]): void {
    this.set(this.entries.map((e) => (ids.includes(e.id) ? { ...e, place: null } : e)));
  }

  stop(): void {
    for (const run of this.runs.values()) run.abort();
    for (const { localUrl } of this.entries) if (localUrl) URL.revokeObjectURL(localUrl);
  }

  private async measure(id: string, blob: Blob): Promise<void> {
    const { type } = this.get(id) ?? { type: '' };
    if (!['PICTURE', 'VIDEO'].includes(kindOfType(type))) return;
    const found = await this.port.measure(blob).catch(() => null);
    if (found) this.change(id, found);
  }

  private begin(id: string): AbortController {
    this.runs.get(id)?.abort();
    const run = new AbortController();
    this.runs.set(id, run);
    return run;
  }

  private start(id: string, afresh = false): void {
    const run = this.begin(id);
    this.change(id, { state: 'preparing', failure: undefined, sent: 0 });
    this.run(id, run, afresh).catch((thrown) => this.fail(id, run, thrown as Failure));
  }

  private fail(id: string, run: AbortController, failure: Failure): void {
    if (!run.signal.aborted) this.change(id, { state: 'failed', failure });
  }

  /** Until the file is there, it cannot be, or nobody wants it any more. */
  private async run(id: string, { signal }: AbortController, afresh: boolean): Promise<void> {
    const blob = this.blobs.get(id);
    const entry = this.get(id);
    if (!blob || !entry) return;
    if (!this.digests.has(id)) this.digests.set(id, await digestOf(blob));
    let attempt = 0;
    let arrived = 0;
    let refusals = 0;
    let parts: readonly Part[] | null = null;
    while (!signal.aborted) {
      try {
        const isFirst = parts === null;
        parts = parts ? await this.refresh(id, parts) : await this.create(id);
        if (isFirst && afresh) for (const part of parts) part.isReceived = false;
        if (signal.aborted) return;
        this.change(id, { state: 'sending', failure: undefined });
        await this.putAll(id, blob, parts, signal);
        return await this.finish(id, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        const failure = failureOfPart(thrown);
        const refused = thrown instanceof PartFailure && thrown.status === 403;
        if (refused && ++refusals < mostRefusals) continue;
        if (refused || !isPassing(failure)) throw failure;
        // Whoever gets on is not slowed down.
        const bytes = receivedBytes(parts ?? []);
        attempt = bytes > arrived ? 0 : attempt + 1;
        arrived = Math.max(arrived, bytes);
        this.change(id, { state: 'waiting', failure });
        await this.port.pause(attempt, failure.retryAfter, signal);
      }
    }
  }

  private create(id: string): Promise<readonly Part[]> {
    const entry = this.get(id);
    if (!entry) return Promise.resolve([]);
    return this.port.create(entry, this.digests.get(id));
  }

  /** What is still to be sent after a break; if everything was, it may be a file by now. */
  private async refresh(id: string, parts: readonly Part[]): Promise<readonly Part[]> {
    if (parts.every((part) => part.isReceived)) return parts;
    try {
      return await this.port.look(id);
    } catch (thrown) {
      // It has expired: the same id begins anew.
      if ((thrown as Failure).code === 'NOT_FOUND') return this.create(id);
      throw thrown;
    }
  }

  /** Sends the parts that are missing, and marks them in the list as they arrive. */
  private async putAll(
    id: string,
    blob: Blob,
    parts: readonly Part[],
    outer: AbortSignal,
  ): Promise<void> {
    const own = new AbortController();
    const abort = () => own.abort();
    outer.addEventListener('abort', abort, { once: true });
    const sent = new Map<number, number>(
      parts.map((part) => [part.number, part.isReceived ? part.size : 0]),
    );
    const tell = () => {
      if (outer.aborted) return;
      this.change(id, { sent: [...sent.values()].reduce((sum, bytes) => sum + bytes, 0) });
    };
    const putOne = async (part: Part) => {
      const body = blob.slice(part.offset, part.offset + part.size);
      const leave = await this.slots.enter(own.signal);
      try {
        await putPart(
          part,
          body,
          (bytes) => {
            sent.set(part.number, bytes);
            tell();
          },
          own.signal,
        );
      } catch (failure) {
        sent.set(part.number, 0);
        // The others would only break as well; what they have is asked for again.
        own.abort();
        throw failure;
      } finally {
        leave();
      }
      part.isReceived = true;
      sent.set(part.number, part.size);
      tell();
    };
    tell();
    const all = await Promise.allSettled(parts.filter((p) => !p.isReceived).map(putOne));
    outer.removeEventListener('abort', abort);
    // The first that broke says why; the rest were broken off.
    const reasons = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    const first = reasons.find((reason) => (reason as PartFailure).status !== 0) ?? reasons[0];
    if (first) throw first;
  }

  private async finish(id: string, signal: AbortSignal): Promise<void> {
    this.change(id, { state: 'checking', sent: this.get(id)?.size ?? 0 });
    let file = await this.port.complete(id);
    while (!file && !signal.aborted) {
      await this.port.pause(0, checkEverySeconds, signal);
      if (signal.aborted) return;
      file = await this.port.complete(id);
    }
    if (!file || signal.aborted) return;
    const alt = this.get(id)?.alt;
    if (alt) await this.port.describe(id, alt);
    if (signal.aborted) return;
    this.runs.delete(id);
    const { width, height } = this.get(id) ?? {};
    this.change(id, {
      state: 'done',
      failure: undefined,
      file,
      width: width ?? file.width ?? null,
      height: height ?? file.height ?? null,
    });
  }

  private change(id: string, change: { [K in keyof Upload]?: Upload[K] | undefined }): void {
    if (!this.get(id)) return;
    this.set(this.entries.map((e) => (e.id === id ? ({ ...e, ...change } as Upload) : e)));
  }

  private set(entries: readonly Upload[]): void {
    this.entries = entries;
    for (const listener of this.listeners) listener();
  }
}

function receivedBytes(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + (part.isReceived ? part.size : 0), 0);
}

/** Whether time can cure it depends on who has answered. */
function failureOfPart(thrown: unknown): Failure {
  if (!(thrown instanceof PartFailure)) return thrown as Failure;
  const { status } = thrown;
  if (status === 0) return { code: 'NETWORK', message: 'The connection broke.' };
  const passing = status >= 500 || status === 408 || status === 429;
  return {
    code: passing ? 'UNAVAILABLE' : 'FORBIDDEN',
    message: passing
      ? 'The storage does not answer at the moment.'
      : `The storage does not take this file (${status}).`,
  };
}
