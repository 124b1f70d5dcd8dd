/** A channel: its header, its history, the composer, and the thread beside it. */
import { useQuery } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { PaneBoundary } from '../../ui/PaneBoundary';
import { Spinner } from '../../ui/Spinner';
import { useIsWide } from '../../ui/useIsWide';
import { ThreadPane } from '../message/ThreadPane';
import { rememberChannel } from '../workspace/lastWorkspace';
import { useWorkspace } from '../workspace/workspaceContext';
import { ChannelFiles } from './ChannelFiles';
import { ChannelHeader } from './ChannelHeader';
import { ChannelHistory } from './ChannelHistory';
import { CHANNEL_BY_ID } from './channel';
import { NoChannel } from './NoChannel';

/**
 * What the address says beside the channel: `m` opens the history around a message, `thread` the thread
 * below one, `reply` that around a reply, `files` the files of the channel.
 */
export interface ChannelSearch {
  m?: string;
  thread?: string;
  reply?: string;
  files?: true;
}

interface Props {
  channelId: string;
  messageId: string | undefined;
  threadId: string | undefined;
  replyId: string | undefined;
  /** Whether the files of the channel stand beside it. */
  showsFiles: boolean;
}

export function ChannelPage({ channelId, messageId, threadId, replyId, showsFiles }: Props) {
  const { id: workspaceId, channels } = useWorkspace();
  const navigate = useNavigate();
  const isWide = useIsWide();
  const { data, error } = useQuery(CHANNEL_BY_ID, {
    variables: { workspaceId, id: channelId },
  });
  useEffect(() => {
    if (data) rememberChannel(workspaceId, channelId);
  }, [data, workspaceId, channelId]);

  const show = useCallback(
    (search: ChannelSearch, replace = false) => {
      navigate({
        to: '/w/$workspaceId/c/$channelId',
        params: { workspaceId, channelId },
        search,
        replace,
      });
    },
    [navigate, workspaceId, channelId],
  );
  const openThread = useCallback((thread: string) => show({ thread }), [show]);
  const openReply = useCallback(
    (thread: string, reply: string) => show({ m: thread, thread, reply }, true),
    [show],
  );

  // Taken out of a private channel, one may not see it any more, though the page still has it.
  const listed = channels.some(({ id }) => id === channelId);
  const [wasListed, setWasListed] = useState(listed);
  if (listed && !wasListed) setWasListed(true);
  const failure = error && failureOf(error);
  const left = wasListed && !listed && (data?.channel.kind ?? 'PRIVATE') !== 'PUBLIC';

  if (left || (failure && !data)) return <NoChannel failure={failure} left={left} />;
  if (!data) return <Spinner />;
  const thread = threadId && (
    <ThreadPane
      key={threadId}
      channel={data.channel}
      rootId={threadId}
      aroundId={replyId ?? null}
      onShowLatest={() => show({ ...(messageId && { m: messageId }), thread: threadId })}
      onClose={() => show(messageId ? { m: messageId } : {})}
    />
  );
  const files = !thread && showsFiles && (
    <ChannelFiles
      channel={data.channel}
      onJump={(place) => show({ ...place, ...(isWide && !place.thread && { files: true }) })}
      onClose={() => show(messageId ? { m: messageId } : {})}
    />
  );
  const beside = thread || files;
  return (
    <>
      {(isWide || !beside) && (
        <section aria-label="Channel" className="relative flex min-w-0 flex-1 flex-col">
          <ChannelHeader
            channel={data.channel}
            showsFiles={showsFiles}
            onShowFiles={() => show(files ? {} : { files: true })}
          />
          <PaneBoundary name="The messages">
            <ChannelHistory
              channel={data.channel}
              aroundId={messageId ?? null}
              onOpenThread={openThread}
              onOpenReply={openReply}
              onShowLatest={() => show(threadId ? { thread: threadId } : {})}
            />
          </PaneBoundary>
        </section>
      )}
      {beside && (
        <PaneBoundary name={thread ? 'This thread' : 'The files'} resetKey={threadId ?? ''}>
          {beside}
        </PaneBoundary>
      )}
    </>
  );
}
