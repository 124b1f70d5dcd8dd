/** The files pane of a channel, newest first, filtered by kind, with links to the messages. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { failureOf } from '../../apollo/failure';
import { ShowMore } from '../../apollo/ShowMore';
import { useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import type { FileKind } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { isInputMethodKey } from '../../ui/keys';
import { SidePane } from '../../ui/SidePane';
import { Spinner } from '../../ui/Spinner';
import { FileRow } from '../file/FileRow';
import type { File } from '../file/file';
import { type Place, placeOfMessage } from '../message/messagePlace';
import { useMe } from '../workspace/workspaceContext';
import { type Channel, channelTitle } from './channel';

const CHANNEL_FILES = graphql(`
  query ChannelFiles($id: ID!, $kind: FileKind, $after: String) {
    channel(id: $id) {
      id
      files(first: 30, after: $after, kind: $kind) {
        nodes {
          ...File
          uploader {
            ...Member
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

const kinds: readonly { kind: FileKind | null; title: () => string }[] = [
  { kind: null, title: m.channel_files_kind_all },
  { kind: 'PICTURE', title: m.channel_files_kind_images },
  { kind: 'VIDEO', title: m.channel_files_kind_videos },
  { kind: 'AUDIO', title: m.channel_files_kind_audio },
  { kind: 'DOCUMENT', title: m.channel_files_kind_documents },
  { kind: 'OTHER', title: m.channel_files_kind_other },
];

interface Props {
  channel: Channel;
  onJump(place: Place): void;
  onClose(): void;
}

export function ChannelFiles({ channel, onJump, onClose }: Props) {
  const client = useApolloClient();
  const me = useMe();
  const [kind, setKind] = useState<FileKind | null>(null);
  const variables = { id: channel.id, kind };
  const { data, previousData, error, loading, fetchMore, refetch } = useQuery(CHANNEL_FILES, {
    variables,
    fetchPolicy: 'cache-and-network',
  });
  const page = (data ?? previousData)?.channel.files;
  const files = page?.nodes.filter(({ removedAt }) => !removedAt) ?? [];

  const jump = useAction(async ({ messageId }: File) => {
    if (messageId) onJump(await placeOfMessage(client, messageId));
  });
  const failure = error ? failureOf(error) : jump.failure;
  return (
    <SidePane
      title={m.channel_files_title()}
      subtitle={channelTitle(channel, me.id)}
      closeLabel={m.channel_files_close()}
      autoFocus
      onClose={onClose}
      onKeyDown={(event) => {
        if (isInputMethodKey(event)) return;
        // Escape closes open menus and dialogs first.
        const isInside = event.currentTarget.contains(event.target as Node);
        if (isInside && event.key === 'Escape' && !event.defaultPrevented) onClose();
      }}
    >
      <fieldset className="flex flex-wrap gap-1 border-b border-line px-3 py-2">
        <legend className="sr-only">{m.channel_files_kind()}</legend>
        {kinds.map((one) => (
          <label
            key={one.kind}
            className="cursor-pointer rounded-full border border-line px-2.5 py-0.5 text-[13px] text-soft hover:bg-hover has-checked:border-accent has-checked:bg-tint has-checked:text-tint-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name="kind"
              className="sr-only"
              checked={kind === one.kind}
              onChange={() => setKind(one.kind)}
            />
            {one.title()}
          </label>
        ))}
      </fieldset>
      <div className="relative min-h-0 flex-1 overflow-y-auto p-2" aria-busy={loading}>
        {failure && (
          <div className="flex flex-wrap items-center gap-2 p-2">
            <FailureNotice failure={failure} />
            {error && (
              <Button small onClick={() => refetch().catch(() => {})}>
                {m.ui_try_again()}
              </Button>
            )}
          </div>
        )}
        {!page && !error && <Spinner label={m.channel_files_loading()} />}
        {page && files.length === 0 && !loading && (
          <p className="px-2 py-8 text-center text-faint">
            {kind ? m.channel_files_none_of_kind() : m.channel_files_none()}
          </p>
        )}
        <ul aria-label={m.channel_files_list()}>
          {files.map((file) => (
            <li key={file.id}>
              <FileRow file={file} uploader={file.uploader.name} onJump={() => jump.run(file)} />
            </li>
          ))}
        </ul>
        {page?.pageInfo.hasNextPage && (
          <ShowMore
            label={m.ui_show_older()}
            load={() => fetchMore({ variables: { after: page.pageInfo.endCursor } })}
          />
        )}
      </div>
    </SidePane>
  );
}
