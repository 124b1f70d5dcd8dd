/**
 * Messages on their way: written here, not yet answered by the server.
 *
 * Promises: nothing written is lost by a reload (each message has an entry of its own in storage, so
 * tabs do not overwrite one another); a message is always sent under the same id, so however often
 * that happens it exists once; messages of one channel leave in the order in which they were written.
 * A refusal that another attempt cannot cure makes a message `failed`; it then waits for its writer,
 * over reloads too, and lets the later ones pass; so does one that was written long before this page; and one whose files are still on their way, which goes out when
 * they are there. One that the server has `queued` is kept, and sent again before any
 * later one of its channel, until the server has decided it or its event has come.
 */
import { type Failure, isPassing } from '../../apollo/failure';
import type { Offered } from '../file/upload';

export interface Outgoing {
  id: string;
  workspaceId: string;
  channelId: string;
  threadId: string | null;
  text: string;
  createdAt: string;
  /** What goes with it, in order. */
  files?: readonly Offered[];
  /** Its writer knows that it mentions many. */
  confirmed?: boolean;
}

export type OutgoingState = 'uploading' | 'waiting' | 'sending' | 'queued' | 'failed';

/** What the server says of a message that it takes. */
export type Taken = 'sent' | 'queued';

export interface OutboxEntry extends Outgoing {
  state: OutgoingState;
  /** Why it has not gone out; a waiting one is tried again by itself. */
  failure?: Failure;
}

export interface OutboxPort {
  /** Sends one message; resolves when the server has taken it, rejects with a `Failure`. */
  send(message: Outgoing): Promise<Taken>;
  /** Whether the server has the bytes of a file. */
  isUploaded(fileId: string): boolean;
  /** Resolves before the next attempt, after `seconds` at the earliest if the server named them. */
  pause(attempt: number, seconds: number | undefined): Promise<void>;
}

/** What is stored of an entry. */
interface Stored extends Outgoing {
  /** It has failed for good. */
  failure?: Failure;
}

/**
 * What is older is not sent by itself: its writer may not expect it any more, and the server keeps the
 * answers to commands for 30 days only.
 */
const longestAway = 14 * 24 * 3600 * 1000;

/** Who waits for the server's database asks again every few seconds. */
const QUEUED_PAUSE = 3;

export class Outbox {
  private entries: readonly OutboxEntry[];
  private listeners = new Set<() => void>();
  private busy = new Set<string>();
  private stopped = false;

  constructor(
    private readonly memberId: string,
    private readonly port: OutboxPort,
    private readonly storage: Storage = localStorage,
  ) {
    this.entries = this.stored().map((stored) => this.restore(stored));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  all = (): readonly OutboxEntry[] => this.entries;

  /** Sends what an earlier page left behind. */
  start(): void {
    for (const entry of this.entries) void this.drain(entry.channelId);
  }

  /** Begins no further attempt; what is left stays stored for the next time. */
  stop(): void {
    this.stopped = true;
  }

  add(message: Outgoing): void {
    this.store(message);
    this.set([...this.entries, this.begin(message)]);
    void this.drain(message.channelId);
  }

  retry(id: string): void {
    const entry = this.entries.find((e) => e.id === id);
    if (!entry) return;
    if (entry.state === 'failed') {
      const { state, failure, ...message } = entry;
      // More people had come than its writer was asked about: who sends it again has read how many.
      const again =
        failure?.field === 'confirmChannelMention' ? { ...message, confirmed: true } : message;
      this.store(again);
      this.change(id, this.begin(again));
    }
    void this.drain(entry.channelId);
  }

  /** Some files have arrived: the messages that have waited for them go out. */
  filesChanged(): void {
    for (const entry of this.entries) {
      if (entry.state !== 'uploading' || !this.hasItsFiles(entry)) continue;
      this.change(entry.id, { state: 'waiting' });
      void this.drain(entry.channelId);
    }
  }

  /** Sends a message without one of its files; without its last one, if it has no text, not at all. */
  removeFile(id: string, fileId: string): void {
    const entry = this.entries.find((e) => e.id === id);
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

  /** Gives a message up, or takes note that it has arrived. */
  remove(id: string): void {
    this.storage.removeItem(this.key(id));
    if (this.entries.some((e) => e.id === id)) this.set(this.entries.filter((e) => e.id !== id));
  }

  private begin(message: Outgoing): OutboxEntry {
    const state = this.hasItsFiles(message) ? 'waiting' : 'uploading';
    return { ...message, state, failure: undefined };
  }

  /** An entry as an earlier page left it. */
  private restore({ failure, ...message }: Stored): OutboxEntry {
    if (failure) return { ...message, state: 'failed', failure };
    if (Date.now() - Date.parse(message.createdAt) < longestAway) return this.begin(message);
    const late = {
      code: 'EXPIRED',
      message: 'This was written long ago. Send it again or discard it.',
    };
    return { ...message, state: 'failed', failure: late };
  }

  private hasItsFiles({ files = [] }: Outgoing): boolean {
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
      const first = this.open(channelId)[0];
      if (!first) break;
      let taken = await this.attempt(first, attempt);
      // The server puts behind the queued one what comes after it.
      const fresh = this.open(channelId).find((e) => e.state === 'waiting');
      if (taken === 'queued' && fresh) taken = await this.attempt(fresh, attempt);
      else if (taken === 'queued')
        await this.port.pause(Math.min(attempt, QUEUED_PAUSE), undefined);
      attempt = taken === 'sent' ? 0 : attempt + 1;
    }
    this.busy.delete(channelId);
  }

  /** What is to be sent in a channel, in order. */
  private open(channelId: string): OutboxEntry[] {
    const states: OutgoingState[] = ['waiting', 'queued'];
    return this.entries.filter((e) => e.channelId === channelId && states.includes(e.state));
  }

  /** Sends a message once, and waits a while if it is to be tried again. */
  private async attempt(entry: OutboxEntry, attempt: number): Promise<Taken | undefined> {
    const { id, state } = entry;
    if (state === 'waiting') this.change(id, { state: 'sending' });
    try {
      const taken = await this.port.send(entry);
      if (taken === 'sent') this.remove(id);
      else this.change(id, { state: 'queued', failure: undefined });
      return taken;
    } catch (thrown) {
      const failure = thrown as Failure;
      if (!isPassing(failure)) {
        // Unless it was given up meanwhile.
        if (this.entries.some((e) => e.id === id)) {
          const { state: _, ...message } = { ...entry, failure };
          this.store(message);
        }
        this.change(id, { state: 'failed', failure });
        // The way is free.
        return 'sent';
      }
      this.change(id, { state, failure });
      await this.port.pause(attempt, failure.retryAfter);
      return undefined;
    }
  }

  private change(id: string, change: Partial<OutboxEntry>): void {
    this.set(this.entries.map((e) => (e.id === id ? { ...e, ...change } : e)));
  }

  private set(entries: readonly OutboxEntry[]): void {
    this.entries = entries;
    for (const listener of this.listeners) listener();
  }

  private key(id: string): string {
    return `confab.outbox.${this.memberId}.${id}`;
  }

  /** By id, which is by time of writing. */
  private stored(): Stored[] {
    const prefix = this.key('');
    return Object.keys(this.storage)
      .filter((key) => key.startsWith(prefix))
      .sort()
      .flatMap((key) => {
        try {
          return [JSON.parse(this.storage.getItem(key) ?? '') as Stored];
        } catch {
          return [];
        }
      });
  }
}
