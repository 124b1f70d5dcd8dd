/**
 * Batches screen reader announcements. Messages within one interval become one announcement, many become
 * a number, and none is announced before its members are loaded.
 */

/** A message that may be announced. */
import { m } from '../../paraglide/messages';

export interface Announcement {
  /** The announcement, or null while a member in it is not loaded. */
  words(): string | null;
  /** Whether the message still exists. */
  exists(): boolean;
}

/** Batching interval in milliseconds. */
export const batchMs = 400;
/** Maximum number of intervals to wait for unknown members. */
const maxBatches = 10;
/** Above this number, only the count is announced. */
const maxSpelledOut = 3;

export class Announcements {
  private waiting: Announcement[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private batches = 0;
  private last = '';
  private readonly say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.say = say;
  }

  add(messages: readonly Announcement[]): void {
    this.waiting.push(...messages);
    if (this.waiting.length > 0) this.timer ??= setTimeout(this.flush, batchMs);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.waiting = [];
  }

  private readonly flush = (): void => {
    this.timer = null;
    const messages = this.waiting.filter((message) => message.exists());
    const words = messages.length > maxSpelledOut ? [] : messages.map((message) => message.words());
    if (words.includes(null) && this.batches < maxBatches) {
      this.batches += 1;
      this.waiting = messages;
      this.timer = setTimeout(this.flush, batchMs);
      return;
    }
    this.batches = 0;
    this.waiting = [];
    if (messages.length === 0) return;
    const known = words.filter((text) => text !== null);
    this.announce(
      known.length === messages.length ? known.join('\n') : countLabel(messages.length),
    );
  };

  /** Appends a no-break space to a repeated text, because live regions announce only changes. */
  private announce(text: string): void {
    this.last = text === this.last ? `${text}\u00A0` : text;
    this.say(this.last);
  }
}

function countLabel(count: number): string {
  return m.conversation_announcements_new_messages({ count });
}
