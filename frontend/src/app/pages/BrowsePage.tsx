/** The channel browser: all channels visible to the viewer, to preview and join. */
import { useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import { Check, Plus } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { failureOf } from '../../apollo/failure';
import { ShowMore } from '../../apollo/ShowMore';
import { ChannelIcon } from '../../features/channel/ChannelIcon';
import { CreateChannelDialog } from '../../features/channel/CreateChannelDialog';
import { type Channel, isArchived } from '../../features/channel/channel';
import { useJoinChannel } from '../../features/channel/useJoinChannel';
import { BackLink } from '../../features/workspace/BackLink';
import { useWorkspace } from '../../features/workspace/workspaceContext';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { PageFrame } from '../../ui/PageFrame';
import { SearchInput } from '../../ui/SearchInput';
import { Spinner } from '../../ui/Spinner';

const BROWSE_CHANNELS = graphql(`
  query BrowseChannels($workspaceId: ID!, $search: String, $isArchived: Boolean!, $after: String) {
    workspace(id: $workspaceId) {
      id
      channels(first: 50, after: $after, search: $search, isArchived: $isArchived) {
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
  const [showsArchived, setShowsArchived] = useState(false);
  const [creating, setCreating] = useState(false);
  const word = useDeferredValue(search.trim());
  const { data, previousData, error, fetchMore } = useQuery(BROWSE_CHANNELS, {
    variables: { workspaceId, search: word || null, isArchived: showsArchived },
    fetchPolicy: 'cache-and-network',
  });
  const page = (data ?? previousData)?.workspace.channels;
  // Until the list is loaded again, a channel may have been archived or unarchived.
  const channels = page?.nodes.filter((channel) => isArchived(channel) === showsArchived);
  return (
    <PageFrame
      title={m.page_browse_title()}
      back={<BackLink />}
      actions={
        <Button small onClick={() => setCreating(true)}>
          <Plus size={14} aria-hidden="true" /> {m.page_browse_create_channel()}
        </Button>
      }
    >
      <div className="mb-3 flex gap-2">
        <SearchInput
          label={m.page_browse_search()}
          value={search}
          onChange={setSearch}
          className="min-w-0 flex-1"
        />
        <select
          aria-label={m.page_browse_show()}
          value={showsArchived ? 'archived' : 'active'}
          onChange={(event) => setShowsArchived(event.target.value === 'archived')}
          className="h-9 shrink-0 rounded-lg border border-line-strong bg-raised px-2 text-[13px] touch:h-11"
        >
          <option value="active">{m.page_browse_show_active()}</option>
          <option value="archived">{m.page_browse_show_archived()}</option>
        </select>
      </div>
      <FailureNotice failure={error && failureOf(error)} />
      {!page && !error && <Spinner />}
      <ul className="divide-y divide-line">
        {channels?.map((channel) => (
          <ChannelRow key={channel.id} channel={channel} />
        ))}
      </ul>
      {channels?.length === 0 && !page?.pageInfo.hasNextPage && (
        <p className="py-8 text-center text-faint">{m.page_browse_none()}</p>
      )}
      {page?.pageInfo.hasNextPage && (
        <ShowMore
          label={m.ui_show_more()}
          load={() => fetchMore({ variables: { after: page.pageInfo.endCursor } })}
        />
      )}
      <CreateChannelDialog open={creating} onClose={() => setCreating(false)} />
    </PageFrame>
  );
}

function ChannelRow({ channel }: { channel: Channel }) {
  const { id: workspaceId } = useWorkspace();
  const join = useJoinChannel(channel.id);
  const people = m.page_browse_members({ count: channel.memberCount });
  return (
    <li className="py-2.5">
      <div className="flex items-center gap-3">
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
            <Check size={14} aria-hidden="true" /> {m.page_browse_joined()}
          </span>
        ) : (
          !isArchived(channel) && (
            <Button small disabled={join.isRunning} onClick={join.run}>
              {m.page_browse_join()}
            </Button>
          )
        )}
      </div>
      <FailureNotice failure={join.failure} />
    </li>
  );
}
