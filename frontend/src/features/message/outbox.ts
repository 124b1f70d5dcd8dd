/**
 * The outbox: messages that the server has not confirmed.
 *
 * Guarantees: messages survive reloads; each has its own storage entry, so tabs do not overwrite each other. A
 * message is always sent under the same id, so retries never duplicate it. Messages of a channel are sent
 * in order. A permanent rejection makes a message `failed`; it waits for the user, also across reloads, without
 * blocking later messages. So do messages older than 14 days, and messages whose files are uploading until the
 * upload completes. A `queued` message is resent before later ones of its channel until the server decides
 * or its event arrives.
 */
import { type Failure, isTransient } from '../../apollo/failure';
import { m } from '../../paraglide/messages';
import { type ReadableStore, Store } from '../../ui/store';
import type { UploadMetadata } from '../file/upload';

export interface Outgoing {
  id: string;
  channelId: string;
  /** The message that starts the thread. Null unless it is a reply. */
  rootId: string | null;
  text: string;
  createdAt: string;
  /** Attachments, in order. */
  files?: readonly UploadMetadata[];
  /** The user confirmed the channel mention. */
  confirmed?: boolean;
}

export type OutgoingState = 'uploading' | 'waiting' | 'sending' | 'queued' | 'failed';

/** How the server accepted a message. */
export type SendResult = 'sent' | 'queued';

export interface OutboxEntry extends Outgoing {
  state: OutgoingState;
  /** Why it was not sent. Waiting messages are retried automatically. */
  failure?: Failure;
}

export interface OutboxPort {
  /** Sends a message. Resolves when the server accepts it, rejects with a `Failure`. */
  send(message: Outgoing): Promise<SendResult>;
  /** Whether a file is uploaded. */
  isUploaded(fileId: string): boolean;
  /** Resolves when the next attempt is due, after `seconds` if the server requested a delay. */
  pause(attempt: number, seconds: number | undefined): Promise<void>;
}

/** The stored form of an entry. */
interface Stored extends Outgoing {
  /** Set if it was rejected. */
  failure?: Failure;
}

/**
 * Older messages are not sent automatically: the user may no longer expect it, and the server keeps command
 * results for 30 days only. In milliseconds.
 */
const maxAutoSendAgeMs = 14 * 24 * 3600 * 1000;

/** Maximum backoff attempt for queued messages, which limits their polling interval. */
const maxQueuedAttempt = 3;

export class Outbox {
  private readonly messages = new Store<readonly OutboxEntry[]>([]);
  readonly entries: ReadableStore<readonly OutboxEntry[]> = this.messages;
  private busy = new Set<string>();
  private stopped = false;

  constructor(
    private readonly memberId: string,
    private readonly port: OutboxPort,
    private readonly storage: Storage = localStorage,
  ) {
    this.messages.set(this.stored().map((stored) => this.restore(stored)));
  }

  /** Sends messages of previous pages. */
  start(): void {
    for (const entry of this.entries.get()) void this.drain(entry.channelId);
  }

  /** Starts no further attempts. Unsent messages stay stored. */
  stop(): void {
    this.stopped = true;
  }

  add(message: Outgoing): void {
    this.store(message);
    this.messages.set([...this.entries.get(), this.begin(message)]);
    void this.drain(message.channelId);
  }

  retry(id: string): void {
    const entry = this.entries.get().find((e) => e.id === id);
    if (!entry) return;
    if (entry.state === 'failed') {
      const { state, failure, ...message } = entry;
      // The channel grew beyond the confirmation limit; retrying confirms the mention.
      const again =
        failure?.field === 'confirmChannelMention' ? { ...message, confirmed: true } : message;
      this.store(again);
      this.change(id, this.begin(again));
    }
    void this.drain(entry.channelId);
  }

  /** Uploads changed: sends messages whose files are complete. */
  filesChanged(): void {
    for (const entry of this.entries.get()) {
      if (entry.state !== 'uploading' || !this.hasAllFiles(entry)) continue;
      this.change(entry.id, { state: 'waiting' });
      void this.drain(entry.channelId);
    }
  }

  /** Removes a file from a message. Removes the message if nothing is left. */
  removeFile(id: string, fileId: string): void {
    const entry = this.entries.get().find((e) => e.id === id);
    if (!entry) return;
    const files = (entry.files ?? []).filter((file) => file.id !== fileId);
    if (files.length === 0 && entry.text.trim() === '') {
      this.remove(id);
      return;
    }
    const { state, failure, ...message } = { ...entry, files };
    this.store(state === 'failed' ? { ...message, failure } : message);
    this.change(id, { files });
    this.filesChanged();
  }

  /** Removes a message that was deleted or confirmed. */
  remove(id: string): void {
    this.storage.removeItem(this.key(id));
    if (this.entries.get().some((e) => e.id === id))
      this.messages.set(this.entries.get().filter((e) => e.id !== id));
  }

  private begin(message: Outgoing): OutboxEntry {
    const state = this.hasAllFiles(message) ? 'waiting' : 'uploading';
    return { ...message, state, failure: undefined };
  }

  /** Restores an entry of a previous page. */
  private restore({ failure, ...message }: Stored): OutboxEntry {
    if (failure) return { ...message, state: 'failed', failure };
    if (Date.now() - Date.parse(message.createdAt) < maxAutoSendAgeMs) return this.begin(message);
    const expired = {
      code: 'EXPIRED',
      message: m.message_outbox_too_old(),
    };
    return { ...message, state: 'failed', failure: expired };
  }

  private hasAllFiles({ files = [] }: Outgoing): boolean {
    return files.every((file) => this.port.isUploaded(file.id));
  }

  private store(message: Stored): void {
    this.storage.setItem(this.key(message.id), JSON.stringify(message));
  }

  private async drain(channelId: string): Promise<void> {
    if (this.busy.has(channelId)) return;
    this.busy.add(channelId);
    let attempt = 0;
    while (!this.stopped) {
      const first = this.pendingIn(channelId)[0];
      if (!first) break;
      let result = await this.attempt(first, attempt);
      // The server queues later messages behind the queued one.
      const fresh = this.pendingIn(channelId).find((e) => e.state === 'waiting');
      if (result === 'queued' && fresh) result = await this.attempt(fresh, attempt);
      else if (result === 'queued')
        await this.port.pause(Math.min(attempt, maxQueuedAttempt), undefined);
      attempt = result === 'sent' ? 0 : attempt + 1;
    }
    this.busy.delete(channelId);
  }

  /** Messages to send in a channel, in order. */
  private pendingIn(channelId: string): OutboxEntry[] {
    const states: OutgoingState[] = ['waiting', 'queued'];
    return this.entries.get().filter((e) => e.channelId === channelId && states.includes(e.state));
  }

  /** Sends a message once, and backs off before a retry. */
  private async attempt(entry: OutboxEntry, attempt: number): Promise<SendResult | undefined> {
    const { id, state } = entry;
    if (state === 'waiting') this.change(id, { state: 'sending' });
    try {
      const result = await this.port.send(entry);
      if (result === 'sent') this.remove(id);
      else this.change(id, { state: 'queued', failure: undefined });
      return result;
    } catch (thrown) {
      const failure = thrown as Failure;
      if (!isTransient(failure)) {
        // Unless it was deleted meanwhile.
        if (this.entries.get().some((e) => e.id === id)) {
          const { state: _, ...message } = { ...entry, failure };
          this.store(message);
        }
        this.change(id, { state: 'failed', failure });
        // Does not block later messages.
        return 'sent';
      }
      this.change(id, { state, failure });
      await this.port.pause(attempt, failure.retryAfter);
      return undefined;
    }
  }

  private change(id: string, change: Partial<OutboxEntry>): void {
    this.messages.set(this.entries.get().map((e) => (e.id === id ? { ...e, ...change } : e)));
  }

  private key(id: string): string {
    return `confab.outbox.${this.memberId}.${id}`;
  }

  /** Sorted by id, and so by creation time. */
  private stored(): Stored[] {
    const prefix = this.key('');
    return Object.keys(this.storage)
      .filter((key) => key.startsWith(prefix))
      .sort()
      .flatMap((key) => {
        try {
          const { threadId = null, ...message } = JSON.parse(this.storage.getItem(key) ?? '');
          // Earlier versions stored `rootId` as `threadId`.
          return [{ rootId: threadId, ...message } as Stored];
        } catch {
          return [];
        }
      });
  }
}
