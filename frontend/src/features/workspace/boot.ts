/** The boot query: everything needed to render a workspace, in one request. */
import { graphql } from '../../gql';
import type { BootQuery } from '../../gql/graphql';

export type Boot = BootQuery['boot'];
export type ViewerChannel = Boot['channels'][number];

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
        ...ChannelReadState
      }
      seq
      privateRev
      unreadNotifications
    }
  }
`);
