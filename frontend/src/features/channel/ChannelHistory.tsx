/** The message list of a channel, with its composer and read state. */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useState } from 'react';
import { useIsWide } from '../../ui/useIsWide';
import { DropZone } from '../file/DropZone';
import { Composer } from '../message/Composer';
import { MessageList } from '../message/MessageList';
import { CHANNEL_PAGE, THREAD_OF_MESSAGE } from '../message/message';
import { useConversation } from '../message/useConversation';
import { type PageArgs, useTimeline } from '../message/useTimeline';
import { useNewDivider } from '../read_state/useNewDivider';
import { useReadWhenSeen } from '../read_state/useReadWhenSeen';
import { useWorkspace } from '../workspace/workspaceContext';
import { ChannelIntro } from './ChannelIntro';
import { type Channel, channelLabel, channelTitle } from './channel';
import { JoinBar } from './JoinBar';

interface Props {
  channel: Channel;
  aroundId: string | null;
  onOpenThread(rootId: string): void;
  /** The message in the URL is a reply. */
  onOpenReply(rootId: string, replyId: string): void;
  /** Leaves the part of the history around the message in the URL. */
  onShowLatest(): void;
}

/** The messages of a channel and the composer below. */
export function ChannelHistory(props: Props) {
  const { channel, aroundId, onOpenThread, onOpenReply, onShowLatest } = props;
  const client = useApolloClient();
  const { id: workspaceId, me, channels } = useWorkspace();
  const isWide = useIsWide();
  const channelId = channel.id;
  const readState = channels.find(({ id }) => id === channelId)?.readState;
  const readTo = useNewDivider(readState);
  const [openedAt] = useState(readTo);

  const fetchPage = useCallback(
    async (args: PageArgs) => {
      const { data } = await client.query({
        query: CHANNEL_PAGE,
        variables: { workspaceId, channelId, ...args },
        fetchPolicy: 'network-only',
      });
      if (!data) throw new Error('messages response without data');
      return data.channel.messages;
    },
    [client, workspaceId, channelId],
  );
  const openReply = useCallback(
    async (id: string) => {
      const { data } = await client.query({
        query: THREAD_OF_MESSAGE,
        variables: { workspaceId, id },
        fetchPolicy: 'network-only',
      });
      const rootId = data?.message.threadId ?? null;
      if (rootId !== null) onOpenReply(rootId, id);
      return rootId;
    },
    [client, workspaceId, onOpenReply],
  );
  const timeline = useTimeline({
    timelineKey: channelId,
    aroundId,
    readTo: openedAt,
    fetchPage,
    openReply,
  });
  const { watching, onSeen, markAllRead } = useReadWhenSeen(channelId, timeline.segment);
  const { list, attachments, composer } = useConversation({
    channelId,
    threadId: null,
    timeline,
    aroundId,
    onShowLatest,
  });

  const title = channelTitle(channel, me.id);
  const label = `Message ${channelLabel(channel, me.id)}`;
  return (
    <>
      <MessageList
        label={`Messages in ${title}`}
        {...list}
        readTo={readTo}
        unread={readState ?? null}
        onMarkAllRead={markAllRead}
        onOpenThread={onOpenThread}
        onSeen={watching ? onSeen : undefined}
        intro={<ChannelIntro channel={channel} />}
      />
      {channel.viewerIsMember && <DropZone label={label} onDrop={attachments.add} />}
      <div className="px-4 pb-4">
        {channel.viewerIsMember ? (
          <Composer label={label} autoFocus={isWide} {...composer} />
        ) : (
          <JoinBar channel={channel} />
        )}
      </div>
    </>
  );
}
