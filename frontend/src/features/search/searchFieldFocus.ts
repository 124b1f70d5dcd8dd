/** Focuses the search field from shortcuts and links. */
import { useEffect } from 'react';

const focusEvent = 'confab:search';

/** Focuses the field if the search page is open. The page focuses it on mount. */
export function focusSearchField(): void {
  window.dispatchEvent(new Event(focusEvent));
}

export function useSearchFieldFocus(onFocus: () => void): void {
  useEffect(() => {
    window.addEventListener(focusEvent, onFocus);
    return () => window.removeEventListener(focusEvent, onFocus);
  }, [onFocus]);
}
