/** React hooks for presences. */
import { type RefObject, useEffect } from 'react';
import { useStore } from '../../ui/store';
import { declareService } from '../workspace/service';
import type { Presence } from './presence';
import type { Presences } from './presences';

export const [PresencesContext, usePresences] = declareService<Presences>('usePresences');

/** Returns a member's presence, watched while the element is visible. */
export function usePresence(memberId: string, ref: RefObject<Element | null>): Presence {
  const presences = usePresences();
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
  return useStore(presences.known, () => presences.get(memberId));
}
