/** A note below the composer: resolved mentions and unknown handles. */
import { m } from '../../paraglide/messages';
import { enumeration } from '../../ui/lists';
import type { TypedMentions } from './useTypedMentions';

interface Props {
  mentions: TypedMentions;
  /** The text has a channel mention that the viewer may not use. */
  isDenied: boolean;
}

export function MentionNote({ mentions: { resolved, unknownHandles }, isDenied }: Props) {
  const named = (handles: readonly string[]) => enumeration(handles.map((handle) => `@${handle}`));
  const notes = [
    ...(isDenied ? [m.composer_mention_note_denied()] : []),
    ...(resolved.length > 0 ? [m.composer_mention_note_mentions({ names: named(resolved) })] : []),
    ...(unknownHandles.length > 0
      ? [m.composer_mention_note_unknown({ names: named(unknownHandles) })]
      : []),
  ];
  return (
    <p aria-live="polite" className="truncate px-1 text-[12px] text-faint not-empty:pt-1">
      {notes.join(' · ')}
    </p>
  );
}
