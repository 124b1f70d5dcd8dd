/**
 * Keeps a list at its end, whatever grows: messages that come in, rows that are measured, a composer, a
 * banner, a keyboard. Only a person who moves up lets go of it, and coming back to the end holds again.
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
import { isOfInputMethod } from '../../ui/keys';

/** Closer to the end than this counts as at the end. */
const endSlack = 48;

export interface PinnedEnd {
  /** Whether the newest row is shown and stays so. */
  pinned: boolean;
  /** Goes to the end. */
  pin(): void;
  /** Is about to go elsewhere; once the rows there have been measured it is seen where that led. */
  release(): void;
}

/** For so many milliseconds a list may still move by one turn of a wheel. */
const wheelTurns = 300;

/** How many frames nothing may have moved for a list to count as come to rest. */
const restingFrames = 3;

export function usePinnedEnd(
  scroller: RefObject<HTMLElement | null>,
  /** Whether the list reaches the newest row, be it one that is on its way. */
  live: boolean,
  scrollToEnd: () => void,
  /** Changes with whatever makes the list longer. */
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

  const look = useCallback(() => {
    const element = scroller.current;
    const now = state.current;
    if (!element) return;
    if (now.moving || now.held || now.left) return;
    const distance = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (now.live && distance <= endSlack) set(true);
  }, [scroller, set]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const now = state.current;
    let wheeledAt = 0;
    const letGo = () => {
      now.moving = false;
      if (element.scrollTop <= 0) return;
      // Until one comes back: a wheel that turns up begins close to the end, while rows are measured.
      now.left = true;
      set(false);
    };
    const comeBack = () => {
      now.left = false;
      look();
    };
    const onWheel = (event: WheelEvent) => {
      wheeledAt = performance.now();
      if (event.deltaY < 0) letGo();
      else if (event.deltaY > 0) comeBack();
    };
    const onKey = (event: KeyboardEvent) => {
      if (isOfInputMethod(event)) return;
      if (['ArrowDown', 'PageDown', 'End'].includes(event.key)) comeBack();
      if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) letGo();
    };
    // A finger, or the bar of the list: while it is held, nothing moves under it.
    const onHold = (event: Event) => {
      if (event.type === 'touchmove' || event.target === element) {
        now.held = true;
        letGo();
      }
    };
    const onRelease = () => {
      now.held = false;
      comeBack();
    };
    const onRest = () => {
      if (performance.now() - wheeledAt > wheelTurns) comeBack();
    };
    const passive = { passive: true };
    element.addEventListener('scroll', look, passive);
    element.addEventListener('scrollend', onRest, passive);
    element.addEventListener('wheel', onWheel, passive);
    element.addEventListener('keydown', onKey);
    element.addEventListener('pointerdown', onHold);
    element.addEventListener('touchmove', onHold, passive);
    for (const name of ['pointerup', 'pointercancel', 'touchend', 'touchcancel']) {
      window.addEventListener(name, onRelease, passive);
    }
    const observer = new ResizeObserver(() => {
      if (now.pinned && now.live) stay(element);
    });
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
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
  }, [scroller, look, set]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the length is what it answers to.
  useLayoutEffect(() => {
    if (state.current.pinned && live && scroller.current) stay(scroller.current);
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
      look();
    });
  }, [scroller, look, set]);

  return useMemo(() => ({ pinned: pinned && live, pin, release }), [pinned, live, pin, release]);
}

/** Not by a command to the virtual list, which would chase the end for a while after it was let go of. */
function stay(element: HTMLElement): void {
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
