/** Whether the channel of a message is archived, so that the message can no longer change. */
import { useFragment } from '@apollo/client/react';
import { graphql } from '../../gql';

const CHANNEL_ARCHIVED = graphql(`
  fragment ChannelArchived on Channel {
    id
    archivedAt
  }
`);

export function useIsArchived(channelId: string): boolean {
  const { data } = useFragment({
    fragment: CHANNEL_ARCHIVED,
    fragmentName: 'ChannelArchived',
    from: { __typename: 'Channel', id: channelId },
  });
  return Boolean(data.archivedAt);
}
