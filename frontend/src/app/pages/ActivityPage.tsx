/** The activity page: mentions, replies and direct messages, newest first. */
import { NetworkStatus } from '@apollo/client';
import { useApolloClient, useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { failureOf } from '../../apollo/failure';
import { mutate } from '../../apollo/mutate';
import { ShowMore } from '../../apollo/ShowMore';
import { AttachmentSummary } from '../../features/file/AttachmentSummary';
import { MessageText } from '../../features/message/MessageText';
import {
  MARK_NOTIFICATIONS_READ,
  NOTIFICATIONS,
  type Notification,
} from '../../features/notification/notification';
import { useUnreadNotifications } from '../../features/notification/useUnreadNotifications';
import { BackLink } from '../../features/workspace/BackLink';
import { useBoot, useWorkspace } from '../../features/workspace/workspaceContext';
import type { NotificationReason } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { Avatar } from '../../ui/Avatar';
import { PageFrame } from '../../ui/PageFrame';
import { RichText } from '../../ui/RichText';
import { Spinner } from '../../ui/Spinner';
import { shortTime } from '../../ui/time';
import { useToday } from '../../ui/useToday';
import { useWindowFocus } from '../../ui/useWindowFocus';

/** What happened, in a channel with a name and in a conversation without one. */
const sentences = {
  MENTION: { named: m.page_activity_mention_in_channel, unnamed: m.page_activity_mention },
  CHANNEL_MENTION: {
    named: m.page_activity_everyone_in_channel,
    unnamed: m.page_activity_everyone,
  },
  REPLY: { named: m.page_activity_reply_in_channel, unnamed: m.page_activity_reply },
  DIRECT: { named: m.page_activity_direct_in_channel, unnamed: m.page_activity_direct },
} satisfies Record<NotificationReason, unknown>;

export function ActivityPage() {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const unreadNotifications = useBoot((boot) => boot.unreadNotifications);
  const unread = useUnreadNotifications();
  const focused = useWindowFocus();
  const { data, error, networkStatus, fetchMore } = useQuery(NOTIFICATIONS, {
    variables: { workspaceId },
    fetchPolicy: 'cache-and-network',
  });
  const page = data?.workspace.notifications;
  const newestFirst = [...(page?.nodes ?? [])].sort((a, b) => b.seq - a.seq);
  const newest = newestFirst[0]?.seq;
  // The cache of an earlier visit does not know what has been read since.
  const isLoaded = networkStatus !== NetworkStatus.loading;
  /** What this page has marked as read stays highlighted while it is open. */
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const isUnread = ({ id, read }: Notification) => (isLoaded && !read) || marked.has(id);

  const markRead = useEffectEvent((seq: number) => {
    setMarked(new Set(newestFirst.filter(isUnread).map(({ id }) => id)));
    mutate(client, MARK_NOTIFICATIONS_READ, { workspaceId, seq })
      .then(({ markNotificationsRead }) => {
        const { unreadNotifications, countedSeq } = markNotificationsRead;
        unread.applyCount(unreadNotifications, countedSeq);
      })
      // On failure they stay unread until the next visit.
      .catch(() => {});
  });
  useEffect(() => {
    if (isLoaded && focused && newest !== undefined && unreadNotifications > 0) markRead(newest);
  }, [isLoaded, focused, newest, unreadNotifications]);

  return (
    <PageFrame title={m.page_activity_title()} back={<BackLink />}>
      <FailureNotice failure={error && failureOf(error)} />
      {!page && !error && <Spinner />}
      {page && newestFirst.length === 0 && (
        <p className="py-10 text-center text-faint">{m.page_activity_none()}</p>
      )}
      <ul className="flex flex-col gap-1">
        {newestFirst.map((notification) => (
          <li key={notification.id}>
            <NotificationRow notification={notification} unread={isUnread(notification)} />
          </li>
        ))}
      </ul>
      {page?.pageInfo.hasPreviousPage && (
        <ShowMore
          label={m.ui_show_older()}
          load={() => fetchMore({ variables: { before: page.pageInfo.startCursor } })}
        />
      )}
    </PageFrame>
  );
}

interface RowProps {
  notification: Notification;
  unread: boolean;
}

function NotificationRow({ notification, unread }: RowProps) {
  const today = useToday();
  const { id: workspaceId } = useWorkspace();
  const { message, reason, createdAt } = notification;
  const { author, channel } = message;
  return (
    <article
      className={`relative flex gap-3 rounded-xl border px-3 py-2.5 hover:border-line-strong ${unread ? 'border-notice/30 bg-notice-tint/60' : 'border-line bg-raised'}`}
    >
      <Avatar id={author.id} name={author.name} url={author.avatarUrl} />
      <div className="min-w-0 flex-1">
        <p className="flex items-baseline gap-1.5">
          {/* The link covers the whole card. Links in the text are above it. */}
          <Link
            to="/w/$workspaceId/c/$channelId"
            params={{ workspaceId, channelId: message.channelId }}
            search={message.rootId ? { thread: message.rootId } : { m: message.id }}
            className="min-w-0 wrap-anywhere after:absolute after:inset-0 after:rounded-xl"
          >
            <RichText
              message={sentences[reason][channel.name ? 'named' : 'unnamed']}
              inputs={{}}
              tags={{
                author: () => <bdi className="font-semibold">{author.name}</bdi>,
                rest: (text) => <span className="text-soft">{text}</span>,
                channel: () => <bdi>#{channel.name}</bdi>,
              }}
            />
          </Link>
          <time dateTime={createdAt} className="ml-auto shrink-0 text-[12px] text-faint">
            {shortTime(createdAt, today)}
          </time>
        </p>
        <div className="line-clamp-3 text-soft [&_a]:relative [&_a]:z-1">
          {message.deletedAt ? (
            <p className="italic">{m.page_activity_deleted()}</p>
          ) : (
            <>
              <MessageText text={message.text} />
              <AttachmentSummary files={message.files} />
            </>
          )}
        </div>
      </div>
    </article>
  );
}
