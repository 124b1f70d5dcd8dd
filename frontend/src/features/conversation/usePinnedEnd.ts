/**
 * Keeps a list at its end while content grows: new messages, measured rows, the composer, banners, keyboards. Only
 * scrolling up releases it, and scrolling back to the end pins it again.
 */
import {
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { isInputMethodKey } from '../../ui/keys';

/** Distance in pixels that counts as the end. */
const endThreshold = 48;

export interface PinnedEnd {
  /** Whether the list follows the newest row. */
  pinned: boolean;
  /** Scrolls to the end and pins it. */
  pin(): void;
  /** Unpins before scrolling elsewhere. Pins again if the list comes to rest at the end. */
  release(): void;
}

/** How long a wheel event may keep the list moving, in milliseconds. */
const wheelSettleMs = 300;

/** Number of frames without movement after which the list is at rest. */
const restingFrames = 3;

export function usePinnedEnd(
  scroller: RefObject<HTMLElement | null>,
  /** Whether the list reaches the newest row, including outgoing messages. */
  live: boolean,
  scrollToEnd: () => void,
  /** Total height of the list. */
  length: number,
): PinnedEnd {
  const [pinned, setPinned] = useState(false);
  const state = useRef({ pinned: false, live, moving: false, held: false, left: false });
  const latest = useRef(scrollToEnd);
  useLayoutEffect(() => {
    latest.current = scrollToEnd;
    state.current.live = live;
  });

  const set = useCallback((next: boolean) => {
    state.current.pinned = next;
    setPinned(next);
  }, []);

  const check = useCallback(() => {
    const element = scroller.current;
    const now = state.current;
    if (!element) return;
    if (now.moving || now.held || now.left) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (now.live && distance <= endThreshold) set(true);
  }, [scroller, set]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const now = state.current;
    let wheeledAt = 0;
    const unpin = () => {
      now.moving = false;
      if (element.scrollTop <= 0) return;
      // Stays released until the user returns, because scrolling up starts close to the end.
      now.left = true;
      set(false);
    };
    const repin = () => {
      now.left = false;
      check();
    };
    const onWheel = (event: WheelEvent) => {
      wheeledAt = performance.now();
      if (event.deltaY < 0) unpin();
      else if (event.deltaY > 0) repin();
    };
    const onKey = (event: KeyboardEvent) => {
      if (isInputMethodKey(event)) return;
      if (['ArrowDown', 'PageDown', 'End'].includes(event.key)) repin();
      if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) unpin();
    };
    // While a finger or the scroll bar is held, the list must not move.
    const onHold = (event: Event) => {
      if (event.type === 'touchmove' || event.target === element) {
        now.held = true;
        unpin();
      }
    };
    const onRelease = () => {
      now.held = false;
      repin();
    };
    const onRest = () => {
      if (performance.now() - wheeledAt > wheelSettleMs) repin();
    };
    const passive = { passive: true };
    element.addEventListener('scroll', check, passive);
    element.addEventListener('scrollend', onRest, passive);
    element.addEventListener('wheel', onWheel, passive);
    element.addEventListener('keydown', onKey);
    element.addEventListener('pointerdown', onHold);
    element.addEventListener('touchmove', onHold, passive);
    for (const name of ['pointerup', 'pointercancel', 'touchend', 'touchcancel']) {
      window.addEventListener(name, onRelease, passive);
    }
    const observer = new ResizeObserver(() => {
      if (now.pinned && now.live) jumpToEnd(element);
    });
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', check);
      element.removeEventListener('scrollend', onRest);
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('keydown', onKey);
      element.removeEventListener('pointerdown', onHold);
      element.removeEventListener('touchmove', onHold);
      for (const name of ['pointerup', 'pointercancel', 'touchend', 'touchcancel']) {
        window.removeEventListener(name, onRelease);
      }
      observer.disconnect();
    };
  }, [scroller, check, set]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the length changes.
  useLayoutEffect(() => {
    if (state.current.pinned && live && scroller.current) jumpToEnd(scroller.current);
  }, [scroller, length, live]);

  const pin = useCallback(() => {
    state.current.moving = false;
    state.current.left = false;
    set(true);
    latest.current();
  }, [set]);

  const release = useCallback(() => {
    set(false);
    state.current.moving = true;
    state.current.left = false;
    whenAtRest(scroller, () => {
      if (!state.current.moving) return;
      state.current.moving = false;
      check();
    });
  }, [scroller, check, set]);

  return useMemo(() => ({ pinned: pinned && live, pin, release }), [pinned, live, pin, release]);
}

/** Scrolls directly, because the virtual list's command would keep chasing the end after a release. */
function jumpToEnd(element: HTMLElement): void {
  element.scrollTop = element.scrollHeight;
}

function whenAtRest(scroller: RefObject<HTMLElement | null>, then: () => void): void {
  let before = '';
  let still = 0;
  const frame = () => {
    const element = scroller.current;
    if (!element) return;
    const now = `${element.scrollTop} ${element.scrollHeight} ${element.clientHeight}`;
    still = now === before ? still + 1 : 0;
    before = now;
    if (still >= restingFrames) then();
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
