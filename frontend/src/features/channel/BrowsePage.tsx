/** The channel browser: all channels visible to the viewer, to preview and join. */
import { useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import { Check, Plus } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import { PageFrame } from '../../ui/PageFrame';
import { Spinner } from '../../ui/Spinner';
import { BackLink } from '../workspace/BackLink';
import { useWorkspace } from '../workspace/workspaceContext';
import { ChannelIcon } from './ChannelIcon';
import { CreateChannelDialog } from './CreateChannelDialog';
import type { Channel } from './channel';
import { useJoinChannel } from './useJoinChannel';

const BROWSE_CHANNELS = graphql(`
  query BrowseChannels($workspaceId: ID!, $search: String, $after: String) {
    workspace(id: $workspaceId) {
      id
      channels(first: 50, after: $after, search: $search) {
        nodes {
          ...Channel
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

export function BrowsePage() {
  const { id: workspaceId } = useWorkspace();
  const [search, setSearch] = useState('');
  const [creating, setCreating] = useState(false);
  const word = useDeferredValue(search.trim());
  const { data, previousData, error, fetchMore } = useQuery(BROWSE_CHANNELS, {
    variables: { workspaceId, search: word || null },
    fetchPolicy: 'cache-and-network',
  });
  const page = (data ?? previousData)?.workspace.channels;
  return (
    <PageFrame
      title="Channels"
      back={<BackLink />}
      actions={
        <Button small onClick={() => setCreating(true)}>
          <Plus size={14} aria-hidden="true" /> Create channel
        </Button>
      }
    >
      <input
        type="search"
        aria-label="Search channels"
        placeholder="Search channels"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
        className="mb-3 h-9 w-full rounded-lg border border-line-strong bg-raised px-3 outline-none placeholder:text-faint focus:border-accent"
      />
      {error && <Notice>{failureOf(error).message}</Notice>}
      {!page && !error && <Spinner />}
      <ul className="divide-y divide-line">
        {page?.nodes.map((channel) => (
          <ChannelRow key={channel.id} channel={channel} />
        ))}
      </ul>
      {page?.nodes.length === 0 && (
        <p className="py-8 text-center text-faint">No channels found.</p>
      )}
      {page?.pageInfo.hasNextPage && (
        <div className="pt-3 text-center">
          <Button
            onClick={() => {
              fetchMore({
                variables: { after: page.pageInfo.endCursor },
                updateQuery: (shown, { fetchMoreResult: next }) => ({
                  ...next,
                  workspace: {
                    ...next.workspace,
                    channels: {
                      ...next.workspace.channels,
                      nodes: [...shown.workspace.channels.nodes, ...next.workspace.channels.nodes],
                    },
                  },
                }),
              }).catch(() => {});
            }}
          >
            Show more
          </Button>
        </div>
      )}
      <CreateChannelDialog open={creating} onClose={() => setCreating(false)} />
    </PageFrame>
  );
}

function ChannelRow({ channel }: { channel: Channel }) {
  const { id: workspaceId } = useWorkspace();
  const { join, loading } = useJoinChannel();
  const people = channel.memberCount === 1 ? '1 member' : `${channel.memberCount} members`;
  return (
    <li className="flex items-center gap-3 py-2.5">
      <Link
        to="/w/$workspaceId/c/$channelId"
        params={{ workspaceId, channelId: channel.id }}
        className="min-w-0 flex-1 rounded-md"
      >
        <span className="flex items-center gap-1.5 font-medium">
          <ChannelIcon kind={channel.kind} />
          <bdi className="truncate">{channel.name}</bdi>
        </span>
        <span className="block truncate text-[13px] text-faint">
          {people}
          {channel.topic && ` · ${channel.topic}`}
        </span>
      </Link>
      {channel.viewerIsMember ? (
        <span className="flex items-center gap-1 text-[13px] text-faint">
          <Check size={14} aria-hidden="true" /> Joined
        </span>
      ) : (
        <Button small disabled={loading} onClick={() => join(channel.id)}>
          Join
        </Button>
      )}
    </li>
  );
}
