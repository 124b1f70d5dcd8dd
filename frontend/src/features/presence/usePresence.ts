/** Returns a member's presence, watched while the element is visible. */
import { type RefObject, useEffect, useSyncExternalStore } from 'react';
import { useWorkspace } from '../workspace/workspaceContext';
import type { Presence } from './presence';

export function usePresence(memberId: string, ref: RefObject<Element | null>): Presence {
  const { presences } = useWorkspace();
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    let hide: (() => void) | null = null;
    const observer = new IntersectionObserver((entries) => {
      const visible = entries.at(-1)?.isIntersecting ?? false;
      if (visible) hide ??= presences.register(memberId);
      else {
        hide?.();
        hide = null;
      }
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      hide?.();
    };
  }, [presences, memberId, ref]);
  return useSyncExternalStore(presences.subscribe, () => presences.get(memberId));
}
