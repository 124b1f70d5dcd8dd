/** Everything that a workspace needs to be shown at once: me, my channels with their counts, the position. */
import { graphql } from '../../gql';
import type { BootQuery } from '../../gql/graphql';

export type Boot = BootQuery['boot'];
export type MyChannel = Boot['channels'][number];

export const BOOT = graphql(`
  query Boot($workspaceId: ID!) {
    boot(workspaceId: $workspaceId) {
      workspace {
        id
        name
        memberCount
        iconUrl
        channelMentions
        emoji {
          ...Emoji
        }
      }
      me {
        ...Member
      }
      channels {
        ...Channel
        ...ChannelReading
      }
      seq
      privateRev
      unreadNotifications
    }
  }
`);
