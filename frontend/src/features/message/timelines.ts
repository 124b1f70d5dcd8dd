/**
 * The timelines of one workspace, by channel id or by the id of a thread's root message, as a store
 * that React can watch. `load` brackets a request, so that what arrives live meanwhile is not lost.
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

/** That somebody came into the channel, or is not in it any more. */
export interface Move {
  seq: number;
  at: string;
  kind: 'came' | 'went';
  memberId: string;
  /** Who did it: they themselves, or who added or removed them. */
  actorId: string;
}

/** The latest ones of a channel, of which some have thousands. */
const mostMoves = 200;

const noMoves: readonly Move[] = [];

interface Loading {
  requests: number;
  arrived: Entry[];
}

export class Timelines {
  private timelines = new Map<string, Timeline>();
  private moves = new Map<string, readonly Move[]>();
  private loading = new Map<string, Loading>();
  private listeners = new Set<() => void>();
  /** Counts how often everything was dropped; views load anew when it changes. */
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

  /** A message was sent, here or elsewhere. */
  add(key: string, entry: Entry): void {
    this.loading.get(key)?.arrived.push(entry);
    this.set(key, addLive(this.get(key), entry));
  }

  /** Who came and went since the workspace was opened here: the server keeps no history of it. */
  movesOf(key: string): readonly Move[] {
    return this.moves.get(key) ?? noMoves;
  }

  addMove(key: string, move: Move): void {
    const known = this.movesOf(key);
    if (known.some(({ seq }) => seq === move.seq)) return;
    this.moves.set(key, [...known, move].slice(-mostMoves));
    this.tell();
  }

  /** Runs a request for a page and adds what it brings. */
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

  /** Forgets everything: the stream of events was broken, so no window may claim to be whole. */
  reset(): void {
    this.timelines.clear();
    this.moves.clear();
    this.loading.clear();
    this.generation += 1;
    this.tell();
  }

  /** Forgets one timeline, of a channel that was left. */
  drop(key: string): void {
    const known = [this.timelines.delete(key), this.moves.delete(key)];
    if (known.includes(true)) this.tell();
  }

  private set(key: string, timeline: Timeline): void {
    this.timelines.set(key, timeline);
    this.tell();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
