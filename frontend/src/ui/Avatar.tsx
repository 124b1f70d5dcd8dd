/** A person as initials on a colour of their own, made from their id. */
interface Props {
  id: string;
  name: string;
  size?: number;
}

export function Avatar({ id, name, size = 36 }: Props) {
  return (
    <span
      aria-hidden="true"
      className="inline-flex shrink-0 items-center justify-center font-semibold text-white select-none"
      style={{
        width: size,
        height: size,
        borderRadius: Math.round(size * 0.28),
        fontSize: Math.round(size * 0.38),
        backgroundColor: `oklch(var(--c-avatar-l) 0.095 ${hue(id)})`,
      }}
    >
      {initials(name)}
    </span>
  );
}

function hue(id: string): number {
  // FNV-1a: ids of one moment differ in a few places only, their colours should differ well.
  let hash = 0x811c9dc5;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return (hash >>> 0) % 360;
}

/** Of the first and last word; what stands in brackets is another way to write the name. */
function initials(name: string): string {
  const words = name.replace(/\(.*?\)/gu, ' ').match(/[\p{L}\p{N}]\S*/gu) ?? [name.trim()];
  const first = [...(words[0] ?? '')][0] ?? '?';
  const last = words.length > 1 ? ([...(words.at(-1) ?? '')][0] ?? '') : '';
  return (first + last).toUpperCase();
}
