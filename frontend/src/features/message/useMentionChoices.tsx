/** Whom an `@` that is being written may mean: people, and everyone in the channel. */
import { AtSign } from 'lucide-react';
import { Avatar } from '../../ui/Avatar';
import { useMemberSearch } from '../member/useMemberSearch';
import { useWorkspace } from '../workspace/workspaceContext';
import type { Choice, Completion } from './CompletionMenu';
import { mentionBeingWritten } from './typedMentions';

const mostShown = 8;

const groups = [
  { handle: 'channel', detail: 'Everyone in this channel' },
  { handle: 'here', detail: 'Everyone who is here now' },
];

export function useMentionChoices(
  text: string,
  caret: number,
  mayMentionEveryone: boolean,
  closedAt: number | null,
): Completion | null {
  const { id: workspaceId } = useWorkspace();
  const written = mentionBeingWritten(text, caret);
  const word = written && written.from !== closedAt ? written.word : null;
  const { members } = useMemberSearch(workspaceId, word);
  if (!written || word === null) return null;
  const people: Choice[] = members.map((member) => ({
    key: member.id,
    insert: `@${member.handle}`,
    picture: <Avatar id={member.id} name={member.name} url={member.avatarUrl} size={22} />,
    title: member.name,
    detail: `@${member.handle}`,
    member,
  }));
  const everyone: Choice[] = groups
    .filter(({ handle }) => mayMentionEveryone && handle.startsWith(word.toLowerCase()))
    .map(({ handle, detail }) => ({
      key: handle,
      insert: `@${handle}`,
      picture: <AtSign size={15} aria-hidden="true" />,
      title: `@${handle}`,
      detail,
    }));
  // A group that is named in full comes first, as somebody who is called exactly so would.
  const isNamed = everyone.some(({ key }) => key === word.toLowerCase());
  const some = people.slice(0, mostShown - everyone.length);
  const choices = isNamed ? [...everyone, ...some] : [...some, ...everyone];
  return { from: written.from, word, label: 'People to mention', choices };
}
