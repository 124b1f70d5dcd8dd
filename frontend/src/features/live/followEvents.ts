/**
 * Follows a workspace's event stream for as long as the page is open.
 *
 * Guarantees: every attempt subscribes from the current position. Items at or below the position are dropped,
 * so no event is applied twice. If the position is too old, boot is reloaded before further events are
 * applied. Socket, timers and cache are injected as `Port`.
 */
import type { Failure } from '../../apollo/failure';
import type { LiveState, Position } from '../workspace/live';
import type { EventItem } from './eventsDocument';

export type StreamEnd =
  | { kind: 'lost' }
  /** The server has too many connections. `retryAfter` is in seconds. */
  | { kind: 'busy'; retryAfter: number }
  | { kind: 'signedOut' }
  | { kind: 'refused'; failure: Failure };

export interface Port {
  /** Subscribes once. Resolves when the subscription ends. */
  subscribe(
    after: number,
    privateRev: number,
    sink: { open(): void; next(item: EventItem): void },
    signal: AbortSignal,
  ): Promise<StreamEnd>;
  /** Applies one item to the cache. */
  apply(item: EventItem, position: Position): void;
  /** Loads boot into the cache. `broken` means that events were skipped. */
  loadBoot(broken: boolean): Promise<{ seq: number; privateRev: number }>;
  /**
   * Resolves after `seconds` if the server requested a delay. Otherwise backs off by the attempt, and resolves
   * early when the network is restored.
   */
  pause(attempt: number, seconds: number | undefined, signal: AbortSignal): Promise<void>;
  /** Called on changes only. */
  onState(state: LiveState): void;
}

/** Recovery before the next attempt. */
type Repair = 'none' | 'reloadPrivateData' | 'startOver';

/** Mutates `position`, which others read. */
export async function followEvents(
  position: Position,
  port: Port,
  signal: AbortSignal,
): Promise<void> {
  let repair: Repair = 'none';
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
    if (repair !== 'none') {
      try {
        const boot = await port.loadBoot(repair === 'startOver');
        position.privateRev = boot.privateRev;
        position.countedTo = boot.seq;
        if (repair === 'startOver') position.seq = boot.seq;
        repair = 'none';
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
          // The library may deliver buffered items after an abort.
          if (stop.signal.aborted) return;
          open();
          repair = advance(position, item, port);
          if (repair !== 'none') stop.abort();
        },
      },
      stop.signal,
    );
    signal.removeEventListener('abort', forward);
    if (signal.aborted) return;
    if (repair !== 'none') continue;

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

/** Applies an item and advances the position, unless it was applied before. */
function advance(position: Position, item: EventItem, port: Pick<Port, 'apply'>): Repair {
  switch (item.__typename) {
    case 'Head':
      position.seq = Math.max(position.seq, item.seq);
      return 'none';
    case 'Resync':
      if (item.takeBoot) return 'startOver';
      position.seq = Math.max(position.seq, item.after);
      return 'none';
    case 'PrivateChanged':
      return item.privateRev === position.privateRev ? 'none' : 'reloadPrivateData';
    case 'ReadStateChanged':
    case 'NotificationAdded':
    case 'NotificationsChanged':
      // Each signal increases the revision by one, so a gap means that one was lost.
      if (item.privateRev > position.privateRev + 1) return 'reloadPrivateData';
      port.apply(item, position);
      position.privateRev = Math.max(position.privateRev, item.privateRev);
      return 'none';
    default:
      if (item.seq <= position.seq) return 'none';
      port.apply(item, position);
      position.seq = item.seq;
      return 'none';
  }
}

function retryAfter(end: StreamEnd): number | undefined {
  if (end.kind === 'busy') return end.retryAfter;
  return end.kind === 'refused' ? end.failure.retryAfter : undefined;
}

function isGone(failure: Failure): boolean {
  return failure.code === 'NOT_FOUND' || failure.code === 'FORBIDDEN';
}
