/** The reply summary of a message. Opens the thread. */
import { m } from '../../paraglide/messages';
import { Avatar } from '../../ui/Avatar';
import { locale } from '../../ui/locale';
import { shortTime, timeOfDay } from '../../ui/time';
import { useToday } from '../../ui/useToday';
import { useMember } from '../member/member';
import type { Message } from '../message/message';
import { useWorkspace } from '../workspace/workspaceContext';

interface Props {
  thread: NonNullable<Message['thread']>;
  onOpen(): void;
}

/** Shows the number of replies, their authors and the time of the last one. */
export function ThreadSummary({ thread, onOpen }: Props) {
  const { replyCount, lastReplyAt, participants } = thread;
  const today = useToday();
  if (replyCount === 0) return null;
  const day = shortTime(lastReplyAt, today);
  return (
    <button
      type="button"
      tabIndex={-1}
      onClick={onOpen}
      className="mt-1 -ml-1 flex max-w-full items-center gap-1.5 rounded-lg border border-transparent touch:min-h-11 py-0.5 pr-2 pl-1 hover:border-line hover:bg-raised"
    >
      {participants.slice(0, 4).map(({ id }) => (
        <Participant key={id} id={id} />
      ))}
      <span className="ml-0.5 font-medium text-accent">
        {m.conversation_thread_summary_replies({ count: replyCount })}
      </span>
      <span className="truncate text-[12px] text-faint">
        {day === timeOfDay(lastReplyAt)
          ? m.conversation_thread_summary_last_reply_at({ time: day })
          : m.conversation_thread_summary_last_reply_on({ day: day.toLocaleLowerCase(locale) })}
      </span>
    </button>
  );
}

function Participant({ id }: { id: string }) {
  const { id: workspaceId } = useWorkspace();
  const member = useMember(workspaceId, id);
  return <Avatar id={id} name={member?.name ?? '…'} url={member?.avatarUrl} size={20} />;
}
