/**
 * The timelines of a workspace by channel id or thread root id, as an external store for React. `load` tracks
 * requests, so that live messages received meanwhile are not lost.
 */
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

interface Loading {
  requests: number;
  arrived: Entry[];
}

export class Timelines {
  private timelines = new Map<string, Timeline>();
  private membershipChanges = new Map<string, readonly MembershipChange[]>();
  private loading = new Map<string, Loading>();
  private listeners = new Set<() => void>();
  /** Increases on every reset. Views reload when it changes. */
  generation = 0;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  get(key: string): Timeline {
    return this.timelines.get(key) ?? emptyTimeline;
  }

  has(key: string, id: string): boolean {
    return hasEntry(this.get(key), id);
  }

  /** Adds a sent or received message. */
  add(key: string, entry: Entry): void {
    this.loading.get(key)?.arrived.push(entry);
    this.set(key, addLive(this.get(key), entry));
  }

  /** Joins and leaves since the workspace was opened on this page. The server provides no history of them. */
  membershipChangesOf(key: string): readonly MembershipChange[] {
    return this.membershipChanges.get(key) ?? noMembershipChanges;
  }

  addMembershipChange(key: string, membershipChange: MembershipChange): void {
    const known = this.membershipChangesOf(key);
    if (known.some(({ seq }) => seq === membershipChange.seq)) return;
    this.membershipChanges.set(key, [...known, membershipChange].slice(-maxMembershipChanges));
    this.notify();
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
        this.set(key, addPage(this.get(key), page, loading.arrived));
      }
      return page;
    } finally {
      loading.requests -= 1;
      if (loading.requests === 0 && this.loading.get(key) === loading) this.loading.delete(key);
    }
  }

  /** Drops all timelines, because events were skipped and segments may have gaps. */
  reset(): void {
    this.timelines.clear();
    this.membershipChanges.clear();
    this.loading.clear();
    this.generation += 1;
    this.notify();
  }

  /** Drops the timeline of a channel that was left. */
  drop(key: string): void {
    const known = [this.timelines.delete(key), this.membershipChanges.delete(key)];
    if (known.includes(true)) this.notify();
  }

  private set(key: string, timeline: Timeline): void {
    this.timelines.set(key, timeline);
    this.notify();
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}
