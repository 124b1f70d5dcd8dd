/** Mention completion after `@`: members and groups. */
import { AtSign } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { Avatar } from '../../ui/Avatar';
import type { Choice, Completion } from '../../ui/CompletionMenu';
import type { Member } from '../member/member';
import { useMemberSearch } from '../member/useMemberSearch';
import { useWorkspace } from '../workspace/workspaceContext';
import { mentionAtCaret } from './typedMentions';

export interface MentionChoice extends Choice {
  /** The mentioned member. */
  member?: Member;
}

const maxShown = 8;

const groups = [
  { handle: 'channel', detail: m.composer_mention_choices_channel },
  { handle: 'here', detail: m.composer_mention_choices_here },
];

export function useMentionChoices(
  text: string,
  caret: number,
  canMentionEveryone: boolean,
  dismissedAt: number | null,
): Completion<MentionChoice> | null {
  const { id: workspaceId } = useWorkspace();
  const written = mentionAtCaret(text, caret);
  const word = written && written.from !== dismissedAt ? written.word : null;
  const { members } = useMemberSearch(workspaceId, word);
  if (!written || word === null) return null;
  const people: MentionChoice[] = members.map((member) => ({
    key: member.id,
    insert: `@${member.handle}`,
    picture: <Avatar id={member.id} name={member.name} url={member.avatarUrl} size={22} />,
    title: member.name,
    detail: `@${member.handle}`,
    member,
  }));
  const everyone: MentionChoice[] = groups
    .filter(({ handle }) => canMentionEveryone && handle.startsWith(word.toLowerCase()))
    .map(({ handle, detail }) => ({
      key: handle,
      insert: `@${handle}`,
      picture: <AtSign size={15} aria-hidden="true" />,
      title: `@${handle}`,
      detail: detail(),
    }));
  // An exact group name ranks first, like an exact handle.
  const isNamed = everyone.some(({ key }) => key === word.toLowerCase());
  const some = people.slice(0, maxShown - everyone.length);
  const choices = isNamed ? [...everyone, ...some] : [...some, ...everyone];
  return {
    from: written.from,
    word,
    label: m.composer_mention_choices_label(),
    choices,
  };
}
