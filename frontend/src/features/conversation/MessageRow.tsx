/** A message row: author, time, content, reactions and actions. */
import { useFragment } from '@apollo/client/react';
import { Ellipsis } from 'lucide-react';
import { memo, type ReactNode, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { m } from '../../paraglide/messages';
import { Avatar } from '../../ui/Avatar';
import { IconButton } from '../../ui/Button';
import { fullTime, timeOfDay } from '../../ui/time';
import { useToday } from '../../ui/useToday';
import { summarizeFiles } from '../file/file';
import { MessageFiles } from '../file/MessageFiles';
import { useMember } from '../member/member';
import { MessageText } from '../message/MessageText';
import { MESSAGE, type Message } from '../message/message';
import type { Entry } from '../message/timeline';
import { Reactions } from '../reaction/Reactions';
import { useIsArchived } from '../workspace/useIsArchived';
import { useMe, useWorkspace } from '../workspace/workspaceContext';
import { DeleteDialog } from './DeleteDialog';
import { MessageEditor } from './MessageEditor';
import { MessageSheet } from './MessageSheet';
import { MessageToolbar } from './MessageToolbar';
import { useMessageActions } from './messageActions';
import { ThreadSummary } from './ThreadSummary';
import { type LongPress, useLongPress } from './useLongPress';

interface Props {
  entry: Entry;
  head: boolean;
  highlighted: boolean;
  editing: boolean;
  onEdit(id: string | null): void;
  /** Opens the thread of a message. Undefined inside threads. */
  onOpenThread?: ((rootId: string) => void) | undefined;
}

export const MessageRow = memo(function MessageRow(props: Props) {
  const { entry, head, highlighted, editing, onEdit, onOpenThread } = props;
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const { data, complete } = useFragment({
    fragment: MESSAGE,
    fragmentName: 'Message',
    from: { __typename: 'Message', id: entry.id },
  });
  const author = useMember(workspaceId, entry.authorId);
  const actions = useMessageActions();
  const isReadOnly = useIsArchived(data.channelId);
  const [deleting, setDeleting] = useState(false);
  const [sheet, setSheet] = useState(false);
  const longPress = useLongPress(() => setSheet(true));
  if (!complete) return <div className="h-6" />;
  const message = data as Message;
  const name = author?.name ?? '…';
  const mentionsMe = message.mentionsChannel || message.mentionedIds.includes(me.id);
  const isOwn = message.authorId === me.id;
  const actionProps = {
    message,
    onReply: onOpenThread && (() => onOpenThread(message.id)),
    onMarkUnread: onOpenThread && (() => actions.markUnread(message)),
    ...(!isReadOnly && {
      onReact: (emoji: string) => actions.toggleReaction(message, emoji),
      ...(isOwn && { onEdit: () => onEdit(message.id) }),
      ...((isOwn || me.role !== 'MEMBER') && { onDelete: () => setDeleting(true) }),
    }),
  };

  return (
    <MessageFrame
      head={head}
      author={{ id: entry.authorId, name, avatarUrl: author?.avatarUrl }}
      at={entry.createdAt}
      press={message.deletedAt || editing ? undefined : longPress}
      tone={highlighted ? 'bg-notice-tint' : mentionsMe && !editing ? 'bg-notice-tint/40' : ''}
    >
      {message.deletedAt ? (
        <p className="text-faint italic">{m.conversation_message_row_deleted()}</p>
      ) : editing ? (
        <MessageEditor
          message={message}
          onSave={(text, confirmed) => {
            onEdit(null);
            if (text !== message.text) actions.edit(message, text, confirmed);
          }}
          onCancel={() => onEdit(null)}
        />
      ) : (
        <MessageText
          text={message.text}
          suffix={
            message.editedAt && (
              <span className="ml-1 text-[11.5px] text-faint" title={fullTime(message.editedAt)}>
                {m.conversation_message_row_edited()}
              </span>
            )
          }
        />
      )}
      {message.files.length > 0 && !message.deletedAt && <MessageFiles files={message.files} />}
      <FailureNotice failure={actions.failure} />
      {message.reactions.length > 0 && (
        <Reactions reactions={message.reactions} onToggle={actionProps.onReact} />
      )}
      {message.thread && onOpenThread && (
        <ThreadSummary thread={message.thread} onOpen={() => onOpenThread(message.id)} />
      )}
      {!message.deletedAt && !editing && (
        <>
          <MessageToolbar {...actionProps} />
          {/* Devices without hover. */}
          <span className="absolute top-0 right-1 hidden [@media(hover:none)]:block">
            <IconButton
              label={m.conversation_message_actions_title()}
              aria-haspopup="dialog"
              className="min-h-11 min-w-11 items-start pt-1"
              onClick={() => setSheet(true)}
            >
              <Ellipsis size={18} />
            </IconButton>
          </span>
          <MessageSheet {...actionProps} open={sheet} onClose={() => setSheet(false)} />
        </>
      )}
      <DeleteDialog
        open={deleting}
        text={message.text}
        files={summarizeFiles(message.files)}
        consequence={m.conversation_message_row_delete_consequence()}
        onClose={() => setDeleting(false)}
        onDelete={() => {
          setDeleting(false);
          onEdit(null);
          actions.remove(message);
        }}
      />
    </MessageFrame>
  );
});

interface FrameProps {
  head: boolean;
  author: { id: string; name: string; avatarUrl?: string | null | undefined };
  at: string;
  tone?: string;
  /** Long-press handlers. */
  press?: LongPress | undefined;
  children: ReactNode;
}

/** The layout shared by sent and outgoing messages. */
export function MessageFrame({ head, author, at, tone = '', press, children }: FrameProps) {
  // Renders again when the time zone changes.
  useToday();
  return (
    <div
      {...press}
      className={`group/message relative flex gap-3 px-4 py-[3px] transition-colors hover:bg-hover/70 ${press ? 'message-pressed [@media(hover:none)]:min-h-11 [@media(hover:none)]:pr-12' : ''} ${head ? 'mt-2' : ''} ${tone}`}
    >
      <div className="w-9 shrink-0 text-right">
        {head ? (
          <Avatar id={author.id} name={author.name} url={author.avatarUrl} />
        ) : (
          <time
            dateTime={at}
            title={fullTime(at)}
            className="pt-px text-[10.5px] leading-5 whitespace-nowrap text-faint opacity-0 group-focus-within/message:opacity-100 group-hover/message:opacity-100"
          >
            {timeOfDay(at).replace(/\s?[AP]M$/i, '')}
          </time>
        )}
      </div>
      <div className="min-w-0 flex-1">
        {head ? (
          <p className="flex items-baseline gap-2 leading-5">
            <bdi className="truncate font-semibold">{author.name}</bdi>
            <time dateTime={at} title={fullTime(at)} className="shrink-0 text-[11.5px] text-faint">
              {timeOfDay(at)}
            </time>
          </p>
        ) : (
          <span className="sr-only">{author.name}: </span>
        )}
        {children}
      </div>
    </div>
  );
}
