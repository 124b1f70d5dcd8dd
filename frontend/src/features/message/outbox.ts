/**
 * Messages on their way: written here, not yet answered by the server.
 *
 * Promises: nothing written is lost by a reload (each message has an entry of its own in storage, so
 * tabs do not overwrite one another); a message is always sent under the same id, so however often
 * that happens it exists once; messages of one channel leave in the order in which they were written.
 * A refusal that another attempt cannot cure makes a message `failed`; it then waits for its writer
 * and lets the later ones pass.
 */
import { type Failure, isPassing } from '../../apollo/failure';

export interface Outgoing {
  id: string;
  workspaceId: string;
  channelId: string;
  threadId: string | null;
  text: string;
  createdAt: string;
}

export type OutgoingState = 'waiting' | 'sending' | 'failed';

export interface OutboxEntry extends Outgoing {
  state: OutgoingState;
  /** Why it has not gone out; a waiting one is tried again by itself. */
  failure?: Failure;
}

export interface OutboxPort {
  /** Sends one message; resolves when the server has it, rejects with a `Failure`. */
  send(message: Outgoing): Promise<void>;
  /** Resolves before the next attempt, after `seconds` at the earliest if the server named them. */
  pause(attempt: number, seconds: number | undefined): Promise<void>;
}

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
    this.entries = this.stored().map((message) => ({ ...message, state: 'waiting' }));
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
    this.storage.setItem(this.key(message.id), JSON.stringify(message));
    this.set([...this.entries, { ...message, state: 'waiting' }]);
    void this.drain(message.channelId);
  }

  retry(id: string): void {
    const entry = this.entries.find((e) => e.id === id);
    if (!entry) return;
    if (entry.state === 'failed') this.change(id, { state: 'waiting', failure: undefined });
    void this.drain(entry.channelId);
  }

  /** Gives a message up, or takes note that it has arrived. */
  remove(id: string): void {
    this.storage.removeItem(this.key(id));
    if (this.entries.some((e) => e.id === id)) this.set(this.entries.filter((e) => e.id !== id));
  }

  private async drain(channelId: string): Promise<void> {
    if (this.busy.has(channelId)) return;
    this.busy.add(channelId);
    let attempt = 0;
    while (!this.stopped) {
      const next = this.entries.find((e) => e.channelId === channelId && e.state === 'waiting');
      if (!next) break;
      this.change(next.id, { state: 'sending' });
      try {
        await this.port.send(next);
        this.remove(next.id);
        attempt = 0;
      } catch (thrown) {
        const failure = thrown as Failure;
        if (isPassing(failure)) {
          this.change(next.id, { state: 'waiting', failure });
          await this.port.pause(attempt++, failure.retryAfter);
        } else {
          this.change(next.id, { state: 'failed', failure });
        }
      }
    }
    this.busy.delete(channelId);
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
  private stored(): Outgoing[] {
    const prefix = this.key('');
    return Object.keys(this.storage)
      .filter((key) => key.startsWith(prefix))
      .sort()
      .flatMap((key) => {
        try {
          return [JSON.parse(this.storage.getItem(key) ?? '') as Outgoing];
        } catch {
          return [];
        }
      });
  }
}
