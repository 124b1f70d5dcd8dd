/** The way to the search field from wherever: its keys, and links that lead to its page. */
import { useEffect } from 'react';

const focusEvent = 'confab:search';

/** Moves to the field if its page is open; the page itself does so when it opens. */
export function focusSearchField(): void {
  window.dispatchEvent(new Event(focusEvent));
}

export function useSearchFieldWanted(onWanted: () => void): void {
  useEffect(() => {
    window.addEventListener(focusEvent, onWanted);
    return () => window.removeEventListener(focusEvent, onWanted);
  }, [onWanted]);
}
