/** A user's picture, or their initials on a color derived from their id. */
import { useState } from 'react';

interface Props {
  id: string;
  name: string;
  /** Initials are shown while it loads, and when it fails to load. */
  url?: string | null | undefined;
  size?: number;
}

export function Avatar({ id, name, url, size = 36 }: Props) {
  const [failed, setFailed] = useState<string | null>(null);
  return (
    <span
      aria-hidden="true"
      className="relative inline-flex shrink-0 items-center justify-center overflow-hidden font-semibold text-white select-none"
      style={{
        width: size,
        height: size,
        borderRadius: Math.round(size * 0.28),
        fontSize: Math.round(size * 0.38),
        backgroundColor: `oklch(var(--c-avatar-l) 0.095 ${hue(id)})`,
      }}
    >
      {initials(name)}
      {url && failed !== url && (
        <img
          src={url}
          alt=""
          draggable={false}
          onError={() => setFailed(url)}
          className="absolute inset-0 size-full bg-hover object-cover"
        />
      )}
    </span>
  );
}

function hue(id: string): number {
  // FNV-1a spreads ids that were created at the same time, and so differ in a few digits, over all hues.
  let hash = 0x811c9dc5;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % 360;
}

/** Initials of the first and last word. Ignores text in parentheses, such as a transliteration. */
function initials(name: string): string {
  const words = name.replace(/\(.*?\)/gu, ' ').match(/[\p{L}\p{N}]\S*/gu) ?? [name.trim()];
  const first = [...(words[0] ?? '')][0] ?? '?';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}
