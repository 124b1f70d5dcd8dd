/** An avatar with a presence dot: filled when active, hollow when idle. */
import { useRef } from 'react';
import { Avatar } from '../../ui/Avatar';
import { presenceLabels } from './presence';
import { usePresence } from './usePresence';

interface Props {
  id: string;
  name: string;
  url?: string | null | undefined;
  size: number;
}

export function PresentAvatar({ id, name, url, size }: Props) {
  const ref = useRef<HTMLSpanElement>(null);
  const presence = usePresence(id, ref);
  const words = presenceLabels[presence]();
  const dot = Math.max(8, Math.round(size * 0.28));
  // Cuts a hole into the avatar, so that the dot is visible on any background.
  const hole = `radial-gradient(circle at calc(100% - ${dot / 2 - 2}px) calc(100% - ${dot / 2 - 2}px), transparent ${dot / 2 + 1.5}px, black ${dot / 2 + 2}px)`;
  return (
    <span ref={ref} className="relative inline-flex shrink-0">
      <span className="inline-flex" style={words ? { maskImage: hole } : undefined}>
        <Avatar id={id} name={name} url={url} size={size} />
      </span>
      {words && (
        <span
          role="img"
          aria-label={words}
          title={words}
          className={`absolute -right-0.5 -bottom-0.5 rounded-full ${presence === 'ACTIVE' ? 'bg-present' : 'border-2 border-soft'}`}
          style={{ width: dot, height: dot }}
        />
      )}
    </span>
  );
}
