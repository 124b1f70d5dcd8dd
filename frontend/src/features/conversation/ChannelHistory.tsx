/** The messages of a channel, with the composer below, or the bar in its place. */
import { useApolloClient } from '@apollo/client/react';
import { useCallback } from 'react';
import { m } from '../../paraglide/messages';
import { useIsWide } from '../../ui/useIsWide';
import { ArchivedBar } from '../channel/ArchivedBar';
import { ChannelIntro } from '../channel/ChannelIntro';
import { type Channel, channelLabel, channelTitle, isArchived } from '../channel/channel';
import { JoinBar } from '../channel/JoinBar';
import { CHANNEL_PAGE } from '../message/message';
import { loadRootId } from '../message/messagePlace';
import { useMe } from '../workspace/workspaceContext';
import { ConversationView } from './ConversationView';
import { useConversation } from './useConversation';
import type { PageArgs } from './useTimeline';

interface Props {
  channel: Channel;
  aroundId: string | null;
  onOpenThread(rootId: string): void;
  /** The message in the URL is a reply. */
  onOpenReply(rootId: string, replyId: string): void;
  /** Leaves the part of the history around the message in the URL. */
  onShowLatest(): void;
}

export function ChannelHistory(props: Props) {
  const { channel, aroundId, onOpenThread, onOpenReply, onShowLatest } = props;
  const client = useApolloClient();
  const me = useMe();
  const isWide = useIsWide();
  const channelId = channel.id;

  const fetchPage = useCallback(
    async (args: PageArgs) => {
      const { data } = await client.query({
        query: CHANNEL_PAGE,
        variables: { channelId, ...args },
        fetchPolicy: 'network-only',
      });
      if (!data) throw new Error('messages response without data');
      return data.channel.messages;
    },
    [client, channelId],
  );
  const openReply = useCallback(
    async (id: string) => {
      const rootId = await loadRootId(client, id);
      if (rootId !== null) onOpenReply(rootId, id);
      return rootId;
    },
    [client, onOpenReply],
  );
  const place = { channelId, rootId: null, aroundId, onShowLatest };
  const conversation = useConversation({ ...place, fetchPage, openReply });

  const archived = isArchived(channel);
  const label = m.conversation_channel_history_composer({ channel: channelLabel(channel, me.id) });
  return (
    <ConversationView
      conversation={conversation}
      label={m.conversation_channel_history_messages({ channel: channelTitle(channel, me.id) })}
      composerLabel={label}
      dropLabel={label}
      autoFocus={isWide}
      canWrite={channel.viewerIsMember && !archived}
      insteadOfComposer={
        archived ? <ArchivedBar channel={channel} /> : <JoinBar channel={channel} />
      }
      intro={<ChannelIntro channel={channel} />}
      onOpenThread={onOpenThread}
    />
  );
}
