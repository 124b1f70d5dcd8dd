/** A channel: header, messages, composer, and the thread or files pane beside it. */
import { useQuery } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { ChannelFiles } from '../../features/channel/ChannelFiles';
import { ChannelHeader } from '../../features/channel/ChannelHeader';
import { ChannelUnavailable } from '../../features/channel/ChannelUnavailable';
import { CHANNEL_BY_ID, channelLabel } from '../../features/channel/channel';
import { ChannelHistory } from '../../features/conversation/ChannelHistory';
import { ThreadPane } from '../../features/conversation/ThreadPane';
import { SearchLink } from '../../features/search/SearchLink';
import { rememberChannel } from '../../features/workspace/lastWorkspace';
import { useMe, useViewerChannel, useWorkspace } from '../../features/workspace/workspaceContext';
import { m } from '../../paraglide/messages';
import { PaneBoundary } from '../../ui/PaneBoundary';
import { Spinner } from '../../ui/Spinner';
import { useIsWide } from '../../ui/useIsWide';

/**
 * Search parameters of a channel: `m` opens the history around a message, `thread` a thread, `reply` the
 * thread around a reply, and `files` the files pane.
 */
export interface ChannelParams {
  m?: string;
  thread?: string;
  reply?: string;
  files?: true;
}

interface Props {
  channelId: string;
  messageId: string | undefined;
  /** The message that starts the open thread. */
  rootId: string | undefined;
  replyId: string | undefined;
  /** Whether the files pane is open. */
  showsFiles: boolean;
}

export function ChannelPage({ channelId, messageId, rootId, replyId, showsFiles }: Props) {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const navigate = useNavigate();
  const isWide = useIsWide();
  const { data, error } = useQuery(CHANNEL_BY_ID, {
    variables: { id: channelId },
  });
  useEffect(() => {
    if (data) rememberChannel(workspaceId, channelId);
  }, [data, workspaceId, channelId]);

  const show = useCallback(
    (search: ChannelParams, replace = false) => {
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

  // After removal from a private channel the viewer must not see it, although it is still cached.
  const listedChannel = useViewerChannel(channelId);
  const listed = listedChannel !== undefined;
  const [wasListed, setWasListed] = useState(listed);
  if (listed && !wasListed) setWasListed(true);
  const failure = error && failureOf(error);
  const left = wasListed && !listed && (data?.channel.kind ?? 'PRIVATE') !== 'PUBLIC';

  if (left || (failure && !data)) {
    const name = listedChannel && channelLabel(listedChannel, me.id);
    return <ChannelUnavailable failure={failure} left={left} name={name} />;
  }
  if (!data) return <Spinner />;
  const thread = rootId && (
    <ThreadPane
      key={rootId}
      channel={data.channel}
      rootId={rootId}
      aroundId={replyId ?? null}
      onShowLatest={() => show({ ...(messageId && { m: messageId }), thread: rootId })}
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
        <section
          aria-label={m.page_channel_label()}
          className="relative flex min-w-0 flex-1 flex-col"
        >
          <PaneBoundary message={m.page_channel_header_failed()}>
            <ChannelHeader
              channel={data.channel}
              search={<SearchLink />}
              showsFiles={showsFiles}
              onShowFiles={() => show(files ? {} : { files: true })}
            />
          </PaneBoundary>
          <PaneBoundary message={m.page_channel_messages_failed()}>
            <ChannelHistory
              channel={data.channel}
              aroundId={messageId ?? null}
              onOpenThread={openThread}
              onOpenReply={openReply}
              onShowLatest={() => show(rootId ? { thread: rootId } : {})}
            />
          </PaneBoundary>
        </section>
      )}
      {beside && (
        <PaneBoundary
          message={thread ? m.page_channel_thread_failed() : m.page_channel_files_failed()}
          resetKey={rootId ?? ''}
        >
          {beside}
        </PaneBoundary>
      )}
    </>
  );
}
