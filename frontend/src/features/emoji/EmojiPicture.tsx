/**
 * The image of a custom emoji. When animations are off, it plays only while it is hovered or its control
 * or message has keyboard focus.
 */
import { type RefObject, useEffect, useRef, useState } from 'react';
import { usePlaysAnimations } from '../../ui/animations';
import type { EmojiImages } from './emoji';

interface Props {
  emoji: EmojiImages;
  alt: string;
  title?: string;
  className: string;
}

export function EmojiPicture({ emoji, alt, ...rest }: Props) {
  const picture = useRef<HTMLImageElement>(null);
  const playsAnimations = usePlaysAnimations();
  const isActivated = useIsPointedAtOrFocused(picture, !playsAnimations);
  const src = playsAnimations || isActivated ? emoji.url : emoji.stillUrl;
  return <img ref={picture} src={src} alt={alt} draggable={false} {...rest} />;
}

/** Controls that contain an emoji, such as a reaction or an option of the picker. */
const controls = 'a, button, [role=option], [role=gridcell]';

function useIsPointedAtOrFocused(
  picture: RefObject<HTMLElement | null>,
  isWatched: boolean,
): boolean {
  const [isPointedAt, setPointedAt] = useState(false);
  const [isFocused, setFocused] = useState(false);
  useEffect(() => {
    const own = picture.current;
    if (!own || !isWatched) return;
    const control = own.closest(controls);
    const pointed = control ?? own;
    // An emoji in text is not focusable, but its message is.
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
