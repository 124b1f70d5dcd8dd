/** Below a text that is being written: whom it mentions, and which handles mean nobody. */
import type { WrittenMentions } from './useWrittenMentions';

interface Props {
  mentions: WrittenMentions;
  /** It mentions everybody, which the writer may not. */
  refused: boolean;
}

export function MentionNote({ mentions: { resolved, nobody }, refused }: Props) {
  const named = (handles: readonly string[]) => handles.map((handle) => `@${handle}`).join(', ');
  const notes = [
    ...(refused ? ['Only owners and admins can mention everyone here'] : []),
    ...(resolved.length > 0 ? [`Mentions ${named(resolved)}`] : []),
    ...(nobody.length > 0 ? [`No one named ${named(nobody)}`] : []),
  ];
  return (
    <p aria-live="polite" className="truncate px-1 text-[12px] text-faint not-empty:pt-1">
      {notes.join(' · ')}
    </p>
  );
}
