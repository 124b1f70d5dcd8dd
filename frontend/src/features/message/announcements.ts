/**
 * What screen readers are told about, in a queue: what comes within a moment is one announcement, many
 * are a number, and nothing is said before everybody in it is known.
 */

/** A message that may be announced. */
export interface Announced {
  /** What to say; `null` while somebody in it is not known yet. */
  words(): string | null;
  /** Whether it is to be said at all by now. */
  isThere(): boolean;
}

/** What comes within so long of the first is said together. */
export const moment = 400;
/** After so many moments it is said that there is something, though not by whom. */
const patience = 10;
/** More at once are told as a number. */
const mostInWords = 3;

export class Announcements {
  private waiting: Announced[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;
  private moments = 0;
  private last = '';
  private readonly say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.say = say;
  }

  add(messages: readonly Announced[]): void {
    this.waiting.push(...messages);
    if (this.waiting.length > 0) this.timer ??= setTimeout(this.flush, moment);
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.waiting = [];
  }

  private readonly flush = (): void => {
    this.timer = null;
    const messages = this.waiting.filter((message) => message.isThere());
    const words = messages.length > mostInWords ? [] : messages.map((message) => message.words());
    if (words.includes(null) && this.moments < patience) {
      this.moments += 1;
      this.waiting = messages;
      this.timer = setTimeout(this.flush, moment);
      return;
    }
    this.moments = 0;
    this.waiting = [];
    if (messages.length === 0) return;
    const known = words.filter((text) => text !== null);
    this.tell(known.length === messages.length ? known.join('\n') : counted(messages.length));
  };

  /** The same text again would be no change, which nobody is told of. */
  private tell(text: string): void {
    this.last = text === this.last ? `${text}\u00A0` : text;
    this.say(this.last);
  }
}

function counted(count: number): string {
  return count === 1 ? '1 new message' : `${count} new messages`;
}
