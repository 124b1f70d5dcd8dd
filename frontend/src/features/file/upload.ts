/**
 * The uploads of a workspace. Uploads continue while the user navigates.
 *
 * Guarantees: a file keeps its client-generated id through retries and interruptions. Received parts are
 * not sent again. At most three parts are uploaded at a time across all files. Transient failures are
 * retried with backoff; other failures wait for the user.
 */
import { type Failure, isTransient } from '../../apollo/failure';
import { mintIdIn } from '../../apollo/id';
import { m } from '../../paraglide/messages';
import { type ReadableStore, Store } from '../../ui/store';
import { digestOf } from './digest';
import { type File, kindOfMediaType } from './file';
import { PartFailure, type PartTarget, putPart } from './putPart';
import { Semaphore } from './semaphore';

export type UploadState =
  /** Hashing, or queued behind other files. */
  | 'preparing'
  | 'sending'
  /** Connection lost; retried automatically. */
  | 'waiting'
  /** All parts are received; the server is processing them. */
  | 'checking'
  | 'done'
  | 'failed';

/** File metadata before the upload completes. */
export interface UploadMetadata {
  id: string;
  name: string;
  type: string;
  size: number;
  isVoice: boolean;
  alt: string;
  /** Dimensions of an image or video, once measured. */
  width: number | null;
  height: number | null;
}

export interface Upload extends UploadMetadata {
  state: UploadState;
  /** Number of bytes sent. */
  sent: number;
  failure?: Failure;
  file?: File;
  /** Object URL of the local contents. Null after a reload. */
  localUrl: string | null;
  /** The draft or form it belongs to. Null once sent. */
  place: string | null;
}

export interface Part extends PartTarget {
  number: number;
  offset: number;
  size: number;
  isReceived: boolean;
}

/** Server operations on the future file with this id. All reject with a `Failure`. */
export interface UploadPort {
  create(metadata: UploadMetadata, sha256: string | undefined): Promise<readonly Part[]>;
  /** Returns the parts with new URLs. */
  getParts(id: string): Promise<readonly Part[]>;
  /** Returns null while the server is processing. */
  complete(id: string): Promise<File | null>;
  cancel(id: string): Promise<void>;
  /** Deletes a completed file that was never sent. */
  discard(id: string): Promise<void>;
  describe(id: string, alt: string): Promise<void>;
  /** Resolves when the next attempt is due, or when aborted. */
  pause(attempt: number, seconds: number | undefined, signal: AbortSignal): Promise<void>;
  measure(blob: Blob): Promise<{ width: number; height: number } | null>;
}

export interface Details {
  name: string;
  type?: string;
  isVoice?: boolean;
  place: string | null;
}

const maxConcurrentParts = 3;
const pollIntervalSeconds = 1;
/** Maximum number of rejections of new URLs. */
const maxRejections = 3;

const interrupted: Failure = {
  code: 'LOST',
  get message() {
    return m.file_upload_interrupted();
  },
};

export class Uploads {
  private readonly store = new Store<readonly Upload[]>([]);
  readonly entries: ReadableStore<readonly Upload[]> = this.store;
  private readonly blobs = new Map<string, Blob>();
  private readonly digests = new Map<string, string | undefined>();
  private readonly runs = new Map<string, AbortController>();
  private readonly permits = new Semaphore(maxConcurrentParts);

  constructor(
    private readonly port: UploadPort,
    private readonly workspaceId: string,
  ) {}

  get(id: string): Upload | undefined {
    return this.entries.get().find((entry) => entry.id === id);
  }

  isDone = (id: string): boolean => this.get(id)?.state === 'done';

  /** Whether closing the page would interrupt an upload. */
  isBusy(): boolean {
    return this.entries.get().some(({ state }) => state !== 'done' && state !== 'failed');
  }

  /** Starts an upload. Returns the id of the future file. */
  add(blob: Blob, { name, type = blob.type, isVoice = false, place }: Details): string {
    const id = mintIdIn(this.workspaceId, 'fil');
    this.blobs.set(id, blob);
    const metadata = {
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
    this.store.set([
      ...this.entries.get(),
      { ...metadata, state: 'preparing', sent: 0, localUrl, place },
    ]);
    this.measure(id, blob);
    this.start(id);
    return id;
  }

  /** Restores an upload of a previous page, whose contents are not available locally. */
  restore(metadata: UploadMetadata, place: string | null = null): void {
    if (this.get(metadata.id)) return;
    const entry: Upload = { ...metadata, state: 'checking', sent: 0, localUrl: null, place };
    this.store.set([...this.entries.get(), entry]);
    this.resume(metadata.id);
  }

  /** Completes an upload without its contents. */
  private async resume(id: string): Promise<void> {
    const run = this.begin(id);
    try {
      await this.finish(id, run.signal);
    } catch (thrown) {
      const failure = thrown as Failure;
      // A transient failure can be retried by the user.
      this.fail(id, run, isTransient(failure) ? failure : interrupted);
    }
  }

  retry(id: string): void {
    const entry = this.get(id);
    if (entry?.state !== 'failed') return;
    if (this.blobs.has(id)) {
      // The received contents may be corrupt.
      this.start(id, entry.sent === entry.size);
      return;
    }
    this.change(id, { failure: undefined });
    this.resume(id);
  }

  /** Provides the contents of an interrupted upload. Returns false if the size does not match. */
  provide(id: string, blob: Blob): boolean {
    if (this.get(id)?.size !== blob.size) return false;
    this.blobs.set(id, blob);
    this.change(id, { localUrl: URL.createObjectURL(blob) });
    this.start(id);
    return true;
  }

  /** Cancels an upload or deletes the uploaded file. */
  cancel(id: string): void {
    const isFile = this.isDone(id);
    // Another page may be uploading it. Abandoned uploads expire.
    const isElsewhere = !isFile && !this.blobs.has(id);
    this.release(id);
    if (isElsewhere) return;
    // On failure it expires on the server.
    (isFile ? this.port.discard(id) : this.port.cancel(id)).catch(() => {});
  }

  /** Releases the local copy of a file. */
  release(id: string): void {
    const entry = this.get(id);
    if (!entry) return;
    this.runs.get(id)?.abort();
    if (entry.localUrl) URL.revokeObjectURL(entry.localUrl);
    this.blobs.delete(id);
    this.digests.delete(id);
    this.runs.delete(id);
    this.store.set(this.entries.get().filter((e) => e.id !== id));
  }

  /** Sets the description. Sent to the server once the file exists. */
  describe(id: string, alt: string): void {
    const done = this.isDone(id);
    this.change(id, { alt });
    if (done) this.port.describe(id, alt).catch((failure) => this.change(id, { failure }));
  }

  /** Detaches the uploads from their draft after sending. */
  detach(ids: readonly string[]): void {
    this.store.set(this.entries.get().map((e) => (ids.includes(e.id) ? { ...e, place: null } : e)));
  }

  stop(): void {
    for (const run of this.runs.values()) run.abort();
    for (const { localUrl } of this.entries.get()) if (localUrl) URL.revokeObjectURL(localUrl);
  }

  private async measure(id: string, blob: Blob): Promise<void> {
    const { type } = this.get(id) ?? { type: '' };
    if (!['PICTURE', 'VIDEO'].includes(kindOfMediaType(type))) return;
    const found = await this.port.measure(blob).catch(() => null);
    if (found) this.change(id, found);
  }

  private begin(id: string): AbortController {
    this.runs.get(id)?.abort();
    const run = new AbortController();
    this.runs.set(id, run);
    return run;
  }

  private start(id: string, resendAll = false): void {
    const run = this.begin(id);
    this.change(id, { state: 'preparing', failure: undefined, sent: 0 });
    this.run(id, run, resendAll).catch((thrown) => this.fail(id, run, thrown as Failure));
  }

  private fail(id: string, run: AbortController, failure: Failure): void {
    if (!run.signal.aborted) this.change(id, { state: 'failed', failure });
  }

  /** Runs until the file exists, the upload fails or is aborted. */
  private async run(id: string, { signal }: AbortController, resendAll: boolean): Promise<void> {
    const blob = this.blobs.get(id);
    const entry = this.get(id);
    if (!blob || !entry) return;
    if (!this.digests.has(id)) this.digests.set(id, await digestOf(blob));
    let attempt = 0;
    let receivedBefore = 0;
    let rejections = 0;
    let parts: readonly Part[] | null = null;
    while (!signal.aborted) {
      try {
        const isFirst = parts === null;
        parts = parts ? await this.refresh(id, parts) : await this.create(id);
        if (isFirst && resendAll) for (const part of parts) part.isReceived = false;
        if (signal.aborted) return;
        this.change(id, { state: 'sending', failure: undefined });
        await this.uploadParts(id, blob, parts, signal);
        return await this.finish(id, signal);
      } catch (thrown) {
        if (signal.aborted) return;
        const failure = failureOfPart(thrown);
        const isRejected = thrown instanceof PartFailure && thrown.status === 403;
        if (isRejected && ++rejections < maxRejections) continue;
        if (isRejected || !isTransient(failure)) throw failure;
        // Progress resets the backoff.
        const bytes = receivedBytes(parts ?? []);
        attempt = bytes > receivedBefore ? 0 : attempt + 1;
        receivedBefore = Math.max(receivedBefore, bytes);
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

  /** Refreshes the parts after an interruption. If all were received, the file may already exist. */
  private async refresh(id: string, parts: readonly Part[]): Promise<readonly Part[]> {
    if (parts.every((part) => part.isReceived)) return parts;
    try {
      return await this.port.getParts(id);
    } catch (thrown) {
      // The upload has expired; start over under the same id.
      if ((thrown as Failure).code === 'NOT_FOUND') return this.create(id);
      throw thrown;
    }
  }

  /** Uploads the missing parts and marks them as received. */
  private async uploadParts(
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
    const report = () => {
      if (outer.aborted) return;
      this.change(id, { sent: [...sent.values()].reduce((sum, bytes) => sum + bytes, 0) });
    };
    const uploadPart = async (part: Part) => {
      const body = blob.slice(part.offset, part.offset + part.size);
      const release = await this.permits.acquire(own.signal);
      try {
        await putPart(
          part,
          body,
          (bytes) => {
            sent.set(part.number, bytes);
            report();
          },
          own.signal,
        );
      } catch (failure) {
        sent.set(part.number, 0);
        // Aborts the other parts; a refresh reports which were received.
        own.abort();
        throw failure;
      } finally {
        release();
      }
      part.isReceived = true;
      sent.set(part.number, part.size);
      report();
    };
    report();
    const all = await Promise.allSettled(parts.filter((p) => !p.isReceived).map(uploadPart));
    outer.removeEventListener('abort', abort);
    // Reports the original failure rather than the aborted parts.
    const reasons = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    const first = reasons.find((reason) => (reason as PartFailure).status !== 0) ?? reasons[0];
    if (first) throw first;
  }

  private async finish(id: string, signal: AbortSignal): Promise<void> {
    this.change(id, { state: 'checking', sent: this.get(id)?.size ?? 0 });
    let file = await this.port.complete(id);
    while (!file && !signal.aborted) {
      await this.port.pause(0, pollIntervalSeconds, signal);
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
    this.store.set(
      this.entries.get().map((e) => (e.id === id ? ({ ...e, ...change } as Upload) : e)),
    );
  }
}

function receivedBytes(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + (part.isReceived ? part.size : 0), 0);
}

/** Maps a part failure to a transient or permanent failure. */
function failureOfPart(thrown: unknown): Failure {
  if (!(thrown instanceof PartFailure)) return thrown as Failure;
  const { status } = thrown;
  if (status === 0) return { code: 'NETWORK', message: m.file_upload_connection_lost() };
  const transient = status >= 500 || status === 408 || status === 429;
  return {
    code: transient ? 'UNAVAILABLE' : 'FORBIDDEN',
    message: transient
      ? m.file_upload_storage_unavailable()
      : m.file_upload_storage_rejected({ status }),
  };
}
