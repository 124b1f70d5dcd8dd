/** Whether a channel is archived, so that its messages and files can no longer change. */
import { useFragment } from '@apollo/client/react';
import { graphql } from '../../gql';

const CHANNEL_ARCHIVED = graphql(`
  fragment ChannelArchived on Channel {
    id
    archivedAt
  }
`);

/** False for a channel that is not loaded. The server enforces it. */
export function useIsArchived(channelId: string | null | undefined): boolean {
  const { data } = useFragment({
    fragment: CHANNEL_ARCHIVED,
    fragmentName: 'ChannelArchived',
    from: { __typename: 'Channel', id: channelId ?? '' },
  });
  return Boolean(data.archivedAt);
}
