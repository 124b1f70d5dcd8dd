/** A found message. Links to its position in the history. */
import { useFragment } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import { MessageSquareText } from 'lucide-react';
import { useEffect, useId } from 'react';
import type { SearchFoundFragment } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { Avatar } from '../../ui/Avatar';
import { RichText } from '../../ui/RichText';
import { fullTime, shortTime } from '../../ui/time';
import { useToday } from '../../ui/useToday';
import { ChannelIcon } from '../channel/ChannelIcon';
import { channelTitle } from '../channel/channel';
import { AttachmentSummary } from '../file/AttachmentSummary';
import { MESSAGE } from '../message/message';
import { placeOf } from '../message/messagePlace';
import { useMe, useWorkspace } from '../workspace/workspaceContext';
import type { Highlight } from './cutExcerpt';
import { Excerpt } from './Excerpt';

type Node = SearchFoundFragment['edges'][number]['node'];
export type FoundMessage = Extract<Node, { __typename: 'Message' }>;

interface Props {
  message: FoundMessage;
  highlights: readonly Highlight[];
  onOpen(id: string): void;
  onDeleted(id: string): void;
}

export function MessageHit({ message, highlights, onOpen, onDeleted }: Props) {
  const today = useToday();
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const textId = useId();
  const { author, channel, createdAt } = message;
  // Rendered from the cache, so that events update it.
  const { data, complete } = useFragment({
    fragment: MESSAGE,
    fragmentName: 'Message',
    from: { __typename: 'Message', id: message.id },
  });
  const deleted = complete && data.deletedAt !== null;
  useEffect(() => {
    if (deleted) onDeleted(message.id);
  }, [deleted, message.id, onDeleted]);
  if (deleted) return null;
  const text = complete ? data.text : message.text;
  const thread = (complete ? data.thread : message.thread)?.replyCount ?? 0;

  return (
    <article className="relative flex gap-3 rounded-xl border border-line bg-raised px-3 py-2.5 hover:border-line-strong has-[a:focus-visible]:outline-2 has-[a:focus-visible]:outline-offset-1 has-[a:focus-visible]:outline-accent">
      <Avatar id={author.id} name={author.name} url={author.avatarUrl} />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-2">
          {/* The link covers the whole card. */}
          <Link
            to="/w/$workspaceId/c/$channelId"
            params={{ workspaceId, channelId: message.channelId }}
            search={placeOf(message)}
            data-hit={message.id}
            aria-describedby={textId}
            onClick={() => onOpen(message.id)}
            className="flex min-w-0 flex-1 items-baseline gap-2 outline-none after:absolute after:inset-0 after:rounded-xl"
          >
            <RichText
              message={m.search_message_hit_place}
              inputs={{}}
              tags={{
                author: () => <bdi className="truncate font-semibold">{author.name}</bdi>,
                place: (text) => (
                  <span className="flex max-w-1/2 min-w-0 shrink-0 items-center gap-1 text-[12.5px] text-faint">
                    {text}
                  </span>
                ),
                in: (text) => <span className="sr-only">{text}</span>,
                channel: () => (
                  <>
                    <ChannelIcon
                      kind={channel.kind}
                      memberCount={channel.directMembers.length}
                      size={12}
                    />
                    <bdi className="truncate">{channelTitle(channel, me.id)}</bdi>
                  </>
                ),
              }}
            />
          </Link>
          <time
            dateTime={createdAt}
            title={fullTime(createdAt)}
            className="shrink-0 text-[12px] text-faint"
          >
            {shortTime(createdAt, today)}
          </time>
        </div>
        <div id={textId}>
          <Excerpt text={text} highlights={text === message.text ? highlights : none} />
          <AttachmentSummary files={complete ? data.files : message.files} />
        </div>
        {(message.rootId || thread > 0) && (
          <p className="mt-0.5 flex items-center gap-1 text-[12px] text-faint">
            <MessageSquareText size={12} aria-hidden="true" />
            {message.rootId
              ? m.search_message_hit_in_a_thread()
              : m.search_message_hit_replies({ count: thread })}
          </p>
        )}
      </div>
    </article>
  );
}

/** Highlights do not apply to an edited text. */
const none: readonly Highlight[] = [];
