/** Keeps a list at its end when the room for it changes: a composer that grows, a banner, a keyboard. */
import { type RefObject, useEffect, useRef } from 'react';

/** Closer to the end than this counts as at the end. */
export const endSlack = 48;

export function useStickToEnd(
  scroller: RefObject<HTMLElement | null>,
  scrollToEnd: () => void,
): void {
  const latest = useRef(scrollToEnd);
  useEffect(() => {
    latest.current = scrollToEnd;
  });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    let atEnd = true;
    const look = () => {
      const { scrollHeight, scrollTop, clientHeight } = element;
      atEnd = scrollHeight - scrollTop - clientHeight <= endSlack;
    };
    const observer = new ResizeObserver(() => {
      if (atEnd) latest.current();
    });
    element.addEventListener('scroll', look, { passive: true });
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      observer.disconnect();
    };
  }, [scroller]);
}
