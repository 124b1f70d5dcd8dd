/**
 * The timelines of a workspace by channel id or thread root id. `load` tracks requests, so that live messages
 * received meanwhile are not lost.
 */
import { type ReadableStore, Store } from '../../ui/store';
import {
  addLive,
  addPage,
  type Entry,
  emptyTimeline,
  hasEntry,
  type Page,
  type Timeline,
} from './timeline';

/** A member joined or left the channel. */
export interface MembershipChange {
  seq: number;
  at: string;
  kind: 'joined' | 'left';
  memberId: string;
  /** The member themselves, or the member who added or removed them. */
  actorId: string;
}

/** Maximum number kept per channel. */
const maxMembershipChanges = 200;

const noMembershipChanges: readonly MembershipChange[] = [];

/** What is loaded of a channel or thread. */
interface Loaded {
  timeline: Timeline;
  membershipChanges: readonly MembershipChange[];
}

interface Loading {
  requests: number;
  arrived: Entry[];
}

export class Timelines {
  private readonly store = new Store<ReadonlyMap<string, Loaded>>(new Map());
  readonly loaded: ReadableStore<ReadonlyMap<string, Loaded>> = this.store;
  private loading = new Map<string, Loading>();
  /** Increases on every reset, so that requests started before are dropped. */
  private generation = 0;

  get(key: string): Timeline {
    return this.loaded.get().get(key)?.timeline ?? emptyTimeline;
  }

  has(key: string, id: string): boolean {
    return hasEntry(this.get(key), id);
  }

  /** Adds a sent or received message. */
  add(key: string, entry: Entry): void {
    this.loading.get(key)?.arrived.push(entry);
    this.change(key, { timeline: addLive(this.get(key), entry) });
  }

  /** Joins and leaves since the workspace was opened on this page. The server provides no history of them. */
  membershipChangesOf(key: string): readonly MembershipChange[] {
    return this.loaded.get().get(key)?.membershipChanges ?? noMembershipChanges;
  }

  addMembershipChange(
    key: string,
    kind: MembershipChange['kind'],
    { seq, at, memberId, actorId }: Omit<MembershipChange, 'kind'>,
  ): void {
    const known = this.membershipChangesOf(key);
    if (known.some((change) => change.seq === seq)) return;
    const added = [...known, { seq, at, kind, memberId, actorId }];
    this.change(key, { membershipChanges: added.slice(-maxMembershipChanges) });
  }

  /** Runs a page request and adds its result. */
  async load(key: string, request: () => Promise<Page>): Promise<Page> {
    const generation = this.generation;
    const loading = this.loading.get(key) ?? { requests: 0, arrived: [] };
    this.loading.set(key, loading);
    loading.requests += 1;
    try {
      const page = await request();
      if (generation === this.generation) {
        this.change(key, { timeline: addPage(this.get(key), page, loading.arrived) });
      }
      return page;
    } finally {
      loading.requests -= 1;
      if (loading.requests === 0 && this.loading.get(key) === loading) this.loading.delete(key);
    }
  }

  /** Drops all timelines, because events were skipped and segments may have gaps. */
  reset(): void {
    this.loading.clear();
    this.generation += 1;
    this.store.set(new Map());
  }

  /** Drops the timeline of a channel that was left. */
  drop(key: string): void {
    const loaded = new Map(this.loaded.get());
    if (loaded.delete(key)) this.store.set(loaded);
  }

  private change(key: string, change: Partial<Loaded>): void {
    const timeline = this.get(key);
    const membershipChanges = this.membershipChangesOf(key);
    const loaded = { timeline, membershipChanges, ...change };
    this.store.set(new Map(this.loaded.get()).set(key, loaded));
  }
}
