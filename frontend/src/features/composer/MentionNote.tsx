/** A note below the composer: resolved mentions and unknown handles. */
import type { TypedMentions } from './useTypedMentions';

interface Props {
  mentions: TypedMentions;
  /** The text has a channel mention that the viewer may not use. */
  isDenied: boolean;
}

export function MentionNote({ mentions: { resolved, unknownHandles }, isDenied }: Props) {
  const named = (handles: readonly string[]) => handles.map((handle) => `@${handle}`).join(', ');
  const notes = [
    ...(isDenied ? ['Only owners and admins can mention everyone here'] : []),
    ...(resolved.length > 0 ? [`Mentions ${named(resolved)}`] : []),
    ...(unknownHandles.length > 0 ? [`No one named ${named(unknownHandles)}`] : []),
  ];
  return (
    <p aria-live="polite" className="truncate px-1 text-[12px] text-faint not-empty:pt-1">
      {notes.join(' · ')}
    </p>
  );
}
