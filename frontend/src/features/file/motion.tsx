/** Playback of animated images, shared by messages and the lightbox. */
import { Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { m } from '../../paraglide/messages';
import { usePlaysAnimations } from '../../ui/animations';
import { type File, fileLabel } from './file';

/** Larger originals are loaded only on demand, in bytes. */
export const maxAutoplayBytes = 4_000_000;

export interface Motion {
  plays: boolean;
  toggle(): void;
}

/** Returns null for still images. */
export function useMotion(file: Pick<File, 'isAnimated' | 'size'> | null): Motion | null {
  const playsAnimations = usePlaysAnimations();
  const [override, setOverride] = useState<boolean | null>(null);
  if (!file?.isAnimated) return null;
  const plays = override ?? (playsAnimations && file.size <= maxAutoplayBytes);
  return { plays, toggle: () => setOverride(!plays) };
}

interface Props {
  file: File;
  motion: Motion;
}

/** The play and pause button in the corner of an animated image. */
export function MotionButton({ file, motion: { plays, toggle } }: Props) {
  const label = plays ? m.file_pause : m.file_play;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={label({ file: fileLabel(file) })}
      title={plays ? m.ui_pause() : m.ui_play()}
      onClick={toggle}
      className="absolute bottom-1.5 left-1.5 inline-flex size-7 items-center justify-center rounded-full bg-black/65 text-white hover:bg-black/85 touch:size-11"
    >
      {plays ? <Pause size={14} /> : <Play size={14} />}
    </button>
  );
}
