/**
 * Who is here, of those who are on the screen.
 *
 * Every view says whom it shows; their ids become one subscription, which is renewed a little after
 * they change. Promises: the old one ends only when the new one has answered, so nothing blinks;
 * what is known is forgotten some time after the connection was lost, and what is no longer
 * on the screen with the next subscription. Knows no React and no socket.
 */
import type { Presence } from './presence';

export interface MemberPresence {
  memberId: string;
  presence: Presence;
}

export interface PresencePort {
  /** Subscribes to these until the answer is called. `ended` says that it was lost or refused. */
  watch(
    memberIds: string[],
    next: (members: readonly MemberPresence[]) => void,
    ended: () => void,
  ): () => void;
}

/** The most ids that the server takes. Who is shown beyond them is shown as before: without a sign. */
const mostWatched = 200;
/** Views come and go together: a page, a list that scrolls. */
const settle = 250;
/** Lost or refused, it is tried again after so long. */
const retryAfter = 5_000;
/** Without a connection for so long nothing is known any more. */
const forgetAfter = 15_000;

export class Presences {
  private readonly shown = new Map<string, number>();
  private readonly known = new Map<string, Presence>();
  private readonly listeners = new Set<() => void>();
  private readonly port: PresencePort;
  private isConnected = false;
  private watched = '';
  private end: (() => void) | null = null;
  /** Subscriptions that end when the new one has answered. */
  private old: (() => void)[] = [];
  private renewal: ReturnType<typeof setTimeout> | undefined;
  private forgetting: ReturnType<typeof setTimeout> | undefined;

  constructor(port: PresencePort) {
    this.port = port;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  of(memberId: string): Presence {
    return this.known.get(memberId) ?? 'OFFLINE';
  }

  /** Somebody is on the screen until the answer is called. */
  show(memberId: string): () => void {
    this.shown.set(memberId, (this.shown.get(memberId) ?? 0) + 1);
    this.plan();
    return () => {
      const left = (this.shown.get(memberId) ?? 1) - 1;
      if (left > 0) this.shown.set(memberId, left);
      else this.shown.delete(memberId);
      this.plan();
    };
  }

  connected(): void {
    this.isConnected = true;
    clearTimeout(this.forgetting);
    this.renew();
  }

  lost(): void {
    this.isConnected = false;
    this.stop();
    this.forgetting = setTimeout(() => {
      this.known.clear();
      this.tell();
    }, forgetAfter);
  }

  stop(): void {
    clearTimeout(this.renewal);
    clearTimeout(this.forgetting);
    this.renewal = undefined;
    this.retire();
    this.endOld();
  }

  private plan(): void {
    if (this.isConnected) this.renewal ??= setTimeout(this.renew, settle);
  }

  private readonly renew = (): void => {
    clearTimeout(this.renewal);
    this.renewal = undefined;
    const ids = [...this.shown.keys()].sort().slice(0, mostWatched);
    const wanted = ids.join();
    if (!this.isConnected || wanted === this.watched) return;
    this.retire();
    this.watched = wanted;
    if (ids.length === 0) {
      this.endOld();
      return;
    }
    let first = true;
    const end = this.port.watch(
      ids,
      (members) => {
        // What was on its way when it was given up.
        if (this.end !== end) return;
        if (first) {
          this.endOld();
          this.known.clear();
        }
        first = false;
        for (const { memberId, presence } of members) this.known.set(memberId, presence);
        this.tell();
      },
      () => {
        if (this.end !== end) return;
        this.retire();
        this.endOld();
        if (this.isConnected) this.renewal ??= setTimeout(this.renew, retryAfter);
      },
    );
    this.end = end;
  };

  private retire(): void {
    if (this.end) this.old.push(this.end);
    this.end = null;
    this.watched = '';
  }

  private endOld(): void {
    for (const end of this.old.splice(0)) end();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
