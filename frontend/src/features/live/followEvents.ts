/**
 * Keeps a workspace's stream of events going for as long as the page is open.
 *
 * Promises: every attempt subscribes from the position reached so far, never from an older one; an
 * item at or below the position is dropped, so nothing is applied twice; when the server says that
 * the position is too old, boot is taken before anything else is applied. Knows no React, no socket
 * and no timer: they come in as `Port`.
 */
import type { Failure } from '../../apollo/failure';
import type { EventItem } from './eventsDocument';

export interface Position {
  /** The last event of the log that has been applied. */
  seq: number;
  privateRev: number;
  /** Counts of unread messages already contain events up to here. */
  countedTo: number;
}

export type StreamEnd =
  | { kind: 'lost' }
  /** The server is full for the moment, and says when to come back. */
  | { kind: 'busy'; retryAfter: number }
  | { kind: 'signedOut' }
  | { kind: 'refused'; failure: Failure };

export interface Port {
  /** Subscribes once; resolves when the subscription is over. */
  subscribe(
    after: number,
    privateRev: number,
    sink: { open(): void; next(item: EventItem): void },
    signal: AbortSignal,
  ): Promise<StreamEnd>;
  /** Applies one item to the cache. */
  apply(item: EventItem, position: Position): void;
  /** Takes boot and writes it to the cache; the stream was broken if `broken`. */
  takeBoot(broken: boolean): Promise<{ seq: number; privateRev: number }>;
  /**
   * Resolves after `seconds` if the server has named them; else after a while that grows with the
   * attempt, or early when the network comes back.
   */
  pause(attempt: number, seconds: number | undefined, signal: AbortSignal): Promise<void>;
  /** Told of changes only. */
  onState(state: LiveState): void;
}

export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'signedOut' | 'gone';

/** What the next attempt has to do first. */
type Repair = 'nothing' | 'readPrivatePart' | 'startOver';

/** `position` is carried on in place, for others to read. */
export async function followEvents(
  position: Position,
  port: Port,
  signal: AbortSignal,
): Promise<void> {
  let repair: Repair = 'nothing';
  let attempt = 0;
  let state: LiveState = 'connecting';
  const report = (next: LiveState) => {
    if (next !== state) port.onState(next);
    state = next;
  };
  const open = () => {
    attempt = 0;
    report('live');
  };

  while (!signal.aborted) {
    if (repair !== 'nothing') {
      try {
        const boot = await port.takeBoot(repair === 'startOver');
        position.privateRev = boot.privateRev;
        position.countedTo = boot.seq;
        if (repair === 'startOver') position.seq = boot.seq;
        repair = 'nothing';
      } catch {
        report('reconnecting');
        await port.pause(attempt++, undefined, signal);
        continue;
      }
      if (signal.aborted) return;
    }

    const stop = new AbortController();
    const forward = () => stop.abort();
    signal.addEventListener('abort', forward, { once: true });
    const end = await port.subscribe(
      position.seq,
      position.privateRev,
      {
        open,
        next: (item) => {
          // After a stop the library may still hand over what it had read.
          if (stop.signal.aborted) return;
          open();
          repair = advance(position, item, port);
          if (repair !== 'nothing') stop.abort();
        },
      },
      stop.signal,
    );
    signal.removeEventListener('abort', forward);
    if (signal.aborted) return;
    if (repair !== 'nothing') continue;

    if (end.kind === 'signedOut') {
      report('signedOut');
      return;
    }
    if (end.kind === 'refused' && isGone(end.failure)) {
      report('gone');
      return;
    }
    report('reconnecting');
    await port.pause(attempt++, retryAfter(end), signal);
  }
}

/** Moves the position over one item and applies it, unless it has been applied before. */
export function advance(position: Position, item: EventItem, port: Pick<Port, 'apply'>): Repair {
  switch (item.__typename) {
    case 'Head':
      position.seq = Math.max(position.seq, item.seq);
      return 'nothing';
    case 'Resync':
      if (item.takeBoot) return 'startOver';
      position.seq = Math.max(position.seq, item.after);
      return 'nothing';
    case 'PrivateChanged':
      return item.privateRev === position.privateRev ? 'nothing' : 'readPrivatePart';
    case 'ReadingChanged':
    case 'NotificationAdded':
    case 'NotificationsChanged':
      // Each raises the revision by one: the one between was lost.
      if (item.privateRev > position.privateRev + 1) return 'readPrivatePart';
      port.apply(item, position);
      position.privateRev = Math.max(position.privateRev, item.privateRev);
      return 'nothing';
    default:
      if (item.seq <= position.seq) return 'nothing';
      port.apply(item, position);
      position.seq = item.seq;
      return 'nothing';
  }
}

function retryAfter(end: StreamEnd): number | undefined {
  if (end.kind === 'busy') return end.retryAfter;
  return end.kind === 'refused' ? end.failure.retryAfter : undefined;
}

function isGone(failure: Failure): boolean {
  return failure.code === 'NOT_FOUND' || failure.code === 'FORBIDDEN';
}
