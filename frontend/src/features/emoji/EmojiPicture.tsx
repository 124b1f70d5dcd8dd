/**
 * The picture of an emoji of the workspace. Where nothing is to move by itself it stands still, and plays
 * while it is pointed at, or while what it stands in has the focus of the keyboard.
 */
import { type RefObject, useEffect, useRef, useState } from 'react';
import { usePlaysAnimations } from '../../ui/animations';
import type { EmojiForms } from './emoji';

interface Props {
  emoji: EmojiForms;
  alt: string;
  title?: string;
  className: string;
}

export function EmojiPicture({ emoji, ...rest }: Props) {
  const picture = useRef<HTMLImageElement>(null);
  const playsAnimations = usePlaysAnimations();
  const isMeant = useIsMeant(picture, !playsAnimations);
  const src = playsAnimations || isMeant ? emoji.url : emoji.stillUrl;
  return <img ref={picture} src={src} draggable={false} {...rest} />;
}

/** What is pressed as a whole, such as a reaction or a choice of the picker. */
const controls = 'a, button, [role=option]';

function useIsMeant(picture: RefObject<HTMLElement | null>, isWatched: boolean): boolean {
  const [isPointedAt, setPointedAt] = useState(false);
  const [isFocused, setFocused] = useState(false);
  useEffect(() => {
    const own = picture.current;
    if (!own || !isWatched) return;
    const control = own.closest(controls);
    const pointed = control ?? own;
    // An emoji in a text has no focus of its own: its message has.
    const focused = control ?? own.closest('article');
    const stop = new AbortController();
    const { signal } = stop;
    pointed.addEventListener('pointerenter', () => setPointedAt(true), { signal });
    pointed.addEventListener('pointerleave', () => setPointedAt(false), { signal });
    const onFocus = () => setFocused(focused?.matches(':focus-visible') ?? false);
    focused?.addEventListener('focus', onFocus, { signal });
    focused?.addEventListener('blur', () => setFocused(false), { signal });
    return () => {
      stop.abort();
      setPointedAt(false);
      setFocused(false);
    };
  }, [picture, isWatched]);
  return isPointedAt || isFocused;
}
