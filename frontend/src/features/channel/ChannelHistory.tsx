/** The messages of a channel with what sends, edits and marks them read. */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useMemo, useState } from 'react';
import { mintId } from '../../apollo/id';
import { useIsWide } from '../../ui/useIsWide';
import { DropZone } from '../file/DropZone';
import type { Offered } from '../file/upload';
import { useAttachments } from '../file/useAttachments';
import { Composer } from '../message/Composer';
import { readDraft, writeDraft } from '../message/draft';
import { MessageList } from '../message/MessageList';
import { CHANNEL_PAGE } from '../message/message';
import { readMessage } from '../message/messageCache';
import { type PageArgs, useTimeline } from '../message/useTimeline';
import { useNewLine } from '../reading/useNewLine';
import { useReadWhenSeen } from '../reading/useReadWhenSeen';
import { useOutbox, useWorkspace } from '../workspace/workspaceContext';
import { ChannelIntro } from './ChannelIntro';
import { type Channel, channelTitle } from './channel';
import { JoinBar } from './JoinBar';

interface Props {
  channel: Channel;
  aroundId: string | null;
  onOpenThread(rootId: string): void;
  /** Leaves the part of the history that the address names. */
  onShowLatest(): void;
}

/** Messages of a channel and the composer below them. */
export function ChannelHistory({ channel, aroundId, onOpenThread, onShowLatest }: Props) {
  const client = useApolloClient();
  const { id: workspaceId, me, channels, outbox } = useWorkspace();
  const isWide = useIsWide();
  const channelId = channel.id;
  const reading = channels.find(({ id }) => id === channelId)?.reading;
  const readTo = useNewLine(reading);
  const [openedAt] = useState(readTo);
  const [editingId, setEditingId] = useState<string | null>(null);

  const fetchPage = useCallback(
    async (args: PageArgs) => {
      const { data } = await client.query({
        query: CHANNEL_PAGE,
        variables: { workspaceId, channelId, ...args },
        fetchPolicy: 'network-only',
      });
      if (!data) throw new Error('a page came without data');
      return data.channel.messages;
    },
    [client, workspaceId, channelId],
  );
  const timeline = useTimeline({ timelineKey: channelId, aroundId, readTo: openedAt, fetchPage });
  const { watching, onSeen, markAllRead } = useReadWhenSeen(channelId, timeline.segment);
  const { goTo } = timeline;

  function showLatest() {
    if (aroundId) onShowLatest();
    goTo({ kind: 'end' });
  }

  const everything = useOutbox();
  const outgoing = useMemo(
    () => everything.filter((entry) => entry.channelId === channelId && !entry.threadId),
    [everything, channelId],
  );

  const attachments = useAttachments(channelId);
  function send(text: string, files: readonly Offered[], confirmed: boolean) {
    showLatest();
    outbox.add({
      id: mintId('msg'),
      workspaceId,
      channelId,
      threadId: null,
      text,
      createdAt: new Date().toISOString(),
      files,
      confirmed,
    });
    writeDraft(me.id, channelId, '');
  }

  function editLast() {
    const mine = timeline.segment?.entries.findLast(
      (entry) => entry.authorId === me.id && !readMessage(client.cache, entry.id)?.deletedAt,
    );
    if (mine) setEditingId(mine.id);
  }

  const title = channelTitle(channel, me.id);
  const label = channel.kind === 'DIRECT' ? `Message ${title}` : `Message #${title}`;
  return (
    <>
      <MessageList
        label={`Messages in ${title}`}
        timeline={timeline}
        outgoing={outgoing}
        meId={me.id}
        readTo={readTo}
        unread={reading ?? null}
        onMarkAllRead={markAllRead}
        aroundId={aroundId}
        editingId={editingId}
        onEdit={setEditingId}
        onOpenThread={onOpenThread}
        onJumpToLatest={showLatest}
        onSeen={watching ? onSeen : undefined}
        intro={<ChannelIntro channel={channel} />}
      />
      {channel.viewerIsMember && <DropZone label={label} onDrop={attachments.add} />}
      <div className="px-4 pb-4">
        {channel.viewerIsMember ? (
          <Composer
            label={label}
            channelId={channelId}
            initialText={readDraft(me.id, channelId)}
            autoFocus={isWide}
            onWrite={(text) => writeDraft(me.id, channelId, text)}
            attachments={attachments}
            onSend={send}
            onEditLast={editLast}
          />
        ) : (
          <JoinBar channel={channel} />
        )}
      </div>
    </>
  );
}
