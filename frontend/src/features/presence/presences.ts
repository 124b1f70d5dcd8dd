/**
 * The presence roster of members on screen.
 *
 * Views register the members they show. Their ids form one subscription, which is renewed shortly after they
 * change. The old subscription ends only when the new one responds, so nothing flickers. Presences expire some
 * time after a disconnect, and those of hidden members on the next subscription.
 */
import { type ReadableStore, Store } from '../../ui/store';
import type { Presence } from './presence';

export interface MemberPresence {
  memberId: string;
  presence: Presence;
}

export interface PresencePort {
  /** Subscribes until the returned function is called. `ended` reports a lost or rejected subscription. */
  watch(
    memberIds: string[],
    next: (members: readonly MemberPresence[]) => void,
    ended: () => void,
  ): () => void;
}

/** Maximum number of ids per subscription. Further members have no presence dot. */
const maxWatched = 200;
/** Debounce in milliseconds, because views mount and unmount in groups. */
const debounceMs = 250;
/** Delay before a retry, in milliseconds. */
const retryDelayMs = 5_000;
/** Presences expire this long after a disconnect, in milliseconds. */
const expiryMs = 15_000;

export class Presences {
  private readonly registered = new Map<string, number>();
  private readonly store = new Store<ReadonlyMap<string, Presence>>(new Map());
  /** By member id. Members who are not in it are offline. */
  readonly known: ReadableStore<ReadonlyMap<string, Presence>> = this.store;
  private readonly port: PresencePort;
  private isConnected = false;
  private watched = '';
  private end: (() => void) | null = null;
  /** Subscriptions that end when the new one responds. */
  private retired: (() => void)[] = [];
  private renewalTimer: ReturnType<typeof setTimeout> | undefined;
  private expiryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(port: PresencePort) {
    this.port = port;
  }

  get(memberId: string): Presence {
    return this.known.get().get(memberId) ?? 'OFFLINE';
  }

  /** Registers a visible member. Returns a function that unregisters it. */
  register(memberId: string): () => void {
    this.registered.set(memberId, (this.registered.get(memberId) ?? 0) + 1);
    this.schedule();
    return () => {
      const left = (this.registered.get(memberId) ?? 1) - 1;
      if (left > 0) this.registered.set(memberId, left);
      else this.registered.delete(memberId);
      this.schedule();
    };
  }

  connected(): void {
    this.isConnected = true;
    clearTimeout(this.expiryTimer);
    this.renew();
  }

  disconnected(): void {
    this.isConnected = false;
    this.stop();
    this.expiryTimer = setTimeout(() => this.store.set(new Map()), expiryMs);
  }

  stop(): void {
    clearTimeout(this.renewalTimer);
    clearTimeout(this.expiryTimer);
    this.renewalTimer = undefined;
    this.retire();
    this.endRetired();
  }

  private schedule(): void {
    if (this.isConnected) this.renewalTimer ??= setTimeout(this.renew, debounceMs);
  }

  private readonly renew = (): void => {
    clearTimeout(this.renewalTimer);
    this.renewalTimer = undefined;
    const ids = [...this.registered.keys()].sort().slice(0, maxWatched);
    const wanted = ids.join();
    if (!this.isConnected || wanted === this.watched) return;
    this.retire();
    this.watched = wanted;
    if (ids.length === 0) {
      this.endRetired();
      return;
    }
    let first = true;
    const end = this.port.watch(
      ids,
      (members) => {
        // Ignores late items of an ended subscription.
        if (this.end !== end) return;
        if (first) this.endRetired();
        const known = new Map(first ? [] : this.known.get());
        first = false;
        for (const { memberId, presence } of members) known.set(memberId, presence);
        this.store.set(known);
      },
      () => {
        if (this.end !== end) return;
        this.retire();
        this.endRetired();
        if (this.isConnected) this.renewalTimer ??= setTimeout(this.renew, retryDelayMs);
      },
    );
    this.end = end;
  };

  private retire(): void {
    if (this.end) this.retired.push(this.end);
    this.end = null;
    this.watched = '';
  }

  private endRetired(): void {
    for (const end of this.retired.splice(0)) end();
  }
}
