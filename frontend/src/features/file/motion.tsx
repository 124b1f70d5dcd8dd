/**
 * Pictures that move: by themselves unless that is not wanted, and stopped or started by a button. One rule for messages and the lightbox.
 */
import { Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { usePlaysAnimations } from '../../ui/animations';
import { type File, labelOf } from './file';

/** What is larger than this is loaded when somebody asks for it. */
export const largestOriginal = 4_000_000;

export interface Motion {
  plays: boolean;
  toggle(): void;
}

/** Null for what stands still by itself. */
export function useMotion(file: Pick<File, 'isAnimated' | 'size'> | null): Motion | null {
  const playsAnimations = usePlaysAnimations();
  const [asked, setAsked] = useState<boolean | null>(null);
  if (!file?.isAnimated) return null;
  const plays = asked ?? (playsAnimations && file.size <= largestOriginal);
  return { plays, toggle: () => setAsked(!plays) };
}

interface Props {
  file: File;
  motion: Motion;
}

/** Over the lower corner of a picture that moves, or could. */
export function MotionButton({ file, motion: { plays, toggle } }: Props) {
  const label = `${plays ? 'Pause' : 'Play'} ${labelOf(file)}`;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={label}
      title={plays ? 'Pause' : 'Play'}
      onClick={toggle}
      className="absolute bottom-1.5 left-1.5 inline-flex size-7 items-center justify-center rounded-full bg-black/65 text-white hover:bg-black/85 touch:size-11"
    >
      {plays ? <Pause size={14} /> : <Play size={14} />}
    </button>
  );
}
