/** Typing while nothing is focused focuses the most recently used composer. */
import { useEffect } from 'react';
import { isInputMethodKey } from '../ui/keys';

export function useTypeToCompose(): void {
  useEffect(() => {
    let lastField: HTMLTextAreaElement | null = null;
    const onFocus = ({ target }: FocusEvent) => {
      if (target instanceof HTMLTextAreaElement && target.closest('main')) lastField = target;
    };
    const onKey = (event: KeyboardEvent) => {
      // Focus the field on the first input-method key, so that the composition starts there.
      const typed = isInputMethodKey(event) || ([...event.key].length === 1 && event.key !== ' ');
      const isUnmodified =
        !event.ctrlKey && !event.metaKey && !event.altKey && !event.defaultPrevented;
      const isUnfocused = !document.activeElement || document.activeElement === document.body;
      if (!isUnmodified || !isUnfocused || !typed) return;
      if (document.querySelector('[role=dialog]')) return;
      const field = lastField?.isConnected ? lastField : document.querySelector('main textarea');
      // The focused field receives the pending key press.
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
