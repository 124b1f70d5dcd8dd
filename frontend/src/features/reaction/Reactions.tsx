/** The reactions of a message, with the names of the members who reacted. */
import { useApolloClient } from '@apollo/client/react';
import { useState } from 'react';
import { m } from '../../paraglide/messages';
import { enumeration } from '../../ui/lists';
import { StandaloneEmoji } from '../emoji/CustomEmoji';
import { readMember, requestMember } from '../member/member';
import type { Message } from '../message/message';
import { useWorkspace } from '../workspace/workspaceContext';

type Reaction = Message['reactions'][number];

interface Props {
  reactions: readonly Reaction[];
  /** Undefined if the reactions can no longer change. */
  onToggle?: ((emoji: string) => void) | undefined;
}

export function Reactions({ reactions, onToggle }: Props) {
  return (
    <ul
      aria-label={m.reaction_list()}
      className="mt-1 flex flex-wrap gap-1 pb-0.5 touch:gap-2 touch:py-1"
    >
      {reactions.map((reaction) => (
        <li key={reaction.emoji}>
          <ReactionButton reaction={reaction} onToggle={onToggle} />
        </li>
      ))}
    </ul>
  );
}

function ReactionButton({ reaction, onToggle }: { reaction: Reaction } & Pick<Props, 'onToggle'>) {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const { emoji, count, viewerReacted, members } = reaction;
  const [names, setNames] = useState('');

  /** Loads names on hover and focus. */
  function loadNames() {
    const known = members.flatMap(({ id }) => {
      const member = readMember(client, id);
      if (!member) requestMember(client, workspaceId, id);
      return member ? [member.name] : [];
    });
    const more = count - known.length;
    const listed = enumeration(known);
    setNames(
      more > 0 && known.length > 0
        ? m.reaction_names_and_more({ count: more, names: listed })
        : listed,
    );
  }

  return (
    <button
      type="button"
      tabIndex={-1}
      aria-pressed={viewerReacted}
      aria-disabled={!onToggle}
      aria-label={m.reaction_count({ count, emoji })}
      title={names}
      onMouseEnter={loadNames}
      onFocus={loadNames}
      onClick={() => onToggle?.(emoji)}
      className="flex h-6 items-center gap-1 rounded-full border touch:relative touch:h-9 touch:min-w-11 touch:justify-center touch:after:absolute touch:after:inset-x-0 touch:after:-inset-y-1.25 border-line bg-raised px-2 text-[13px] hover:border-line-strong aria-pressed:border-accent aria-pressed:bg-tint aria-pressed:text-tint-ink"
    >
      <StandaloneEmoji emoji={emoji} />
      <span className="text-[12px] tabular-nums">{count}</span>
    </button>
  );
}
