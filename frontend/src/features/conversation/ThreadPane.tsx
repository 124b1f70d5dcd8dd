/** A thread, beside the channel or in place of it on narrow screens. */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useState } from 'react';
import { isMissing } from '../../apollo/failure';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { isInputMethodKey } from '../../ui/keys';
import { SidePane } from '../../ui/SidePane';
import { type Channel, channelTitle, isArchived } from '../channel/channel';
import { THREAD_PAGE } from '../message/message';
import { entryOf, readMessage } from '../message/messageCache';
import type { Entry } from '../message/timeline';
import { useMe } from '../workspace/workspaceContext';
import { ConversationView } from './ConversationView';
import { MessageRow } from './MessageRow';
import { useConversation } from './useConversation';
import type { Connection, PageArgs } from './useTimeline';

interface Props {
  channel: Channel;
  rootId: string;
  /** The reply in the URL. */
  aroundId: string | null;
  /** Leaves the part of the thread around the reply in the URL. */
  onShowLatest(): void;
  onClose(): void;
}

/** The connection of a thread without replies. */
const noReplies: Connection = {
  __typename: 'MessageConnection',
  edges: [],
  pageInfo: {
    __typename: 'PageInfo',
    hasPreviousPage: false,
    hasNextPage: false,
    startCursor: null,
    endCursor: null,
  },
};

export function ThreadPane({ channel, rootId, aroundId, onShowLatest, onClose }: Props) {
  const client = useApolloClient();
  const me = useMe();
  const [root, setRoot] = useState<Entry | null>(() => {
    const known = readMessage(client.cache, rootId);
    return known && entryOf(known);
  });

  const fetchPage = useCallback(
    async (args: PageArgs) => {
      const { data } = await client.query({
        query: THREAD_PAGE,
        variables: { rootId, ...args },
        fetchPolicy: 'network-only',
      });
      if (!data) throw new Error('messages response without data');
      setRoot(entryOf(data.message));
      return data.message.thread?.replies ?? noReplies;
    },
    [client, rootId],
  );
  const place = { channelId: channel.id, rootId, aroundId, onShowLatest };
  const conversation = useConversation({ ...place, fetchPage });
  const { timeline, editingId, onEdit } = conversation.list;

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isInputMethodKey(event)) return;
      if (event.key === 'Escape' && !event.defaultPrevented) onClose();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [onClose]);

  const isGone = root === null && timeline.failure !== null && isMissing(timeline.failure);
  return (
    <SidePane
      title={m.conversation_thread_pane_title()}
      subtitle={channelTitle(channel, me.id)}
      closeLabel={m.conversation_thread_pane_close()}
      onClose={onClose}
    >
      {isGone ? (
        <div className="flex flex-col items-center gap-3 px-4 py-10 text-center text-soft">
          <p>{m.conversation_thread_pane_missing()}</p>
          <Button onClick={onClose}>{m.conversation_thread_pane_back_to_channel()}</Button>
        </div>
      ) : (
        <ConversationView
          conversation={conversation}
          label={m.conversation_thread_pane_replies()}
          composerLabel={m.conversation_thread_pane_reply()}
          dropLabel={m.conversation_thread_pane_drop_files()}
          autoFocus
          canWrite={channel.viewerIsMember && !isArchived(channel)}
          align="top"
          intro={
            root && (
              <div className="border-b border-line pb-2">
                <MessageRow
                  entry={root}
                  head
                  highlighted={false}
                  editing={editingId === rootId}
                  onEdit={onEdit}
                />
              </div>
            )
          }
        />
      )}
    </SidePane>
  );
}
