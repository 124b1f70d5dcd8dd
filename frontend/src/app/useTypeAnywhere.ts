/** What is typed while nothing has the focus goes to the composer that was written in last. */
import { useEffect } from 'react';
import { isOfInputMethod } from '../ui/keys';

export function useTypeAnywhere(): void {
  useEffect(() => {
    let last: HTMLTextAreaElement | null = null;
    const onFocus = ({ target }: FocusEvent) => {
      if (target instanceof HTMLTextAreaElement && target.closest('main')) last = target;
    };
    const onKey = (event: KeyboardEvent) => {
      // An input method begins in the field: it gets the focus with its first key.
      const typed = isOfInputMethod(event) || ([...event.key].length === 1 && event.key !== ' ');
      const bare = !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented;
      const nothing = !document.activeElement || document.activeElement === document.body;
      if (!bare || !nothing || !typed) return;
      if (document.querySelector('[role=dialog]')) return;
      const field = last?.isConnected ? last : document.querySelector('main textarea');
      // It takes the key that is on its way.
      if (field instanceof HTMLTextAreaElement) field.focus();
    };
    document.addEventListener('focusin', onFocus);
    window.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('focusin', onFocus);
      window.removeEventListener('keydown', onKey);
    };
  }, []);
}
