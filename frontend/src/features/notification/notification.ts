/** Operations of the activity page. */
import { graphql } from '../../gql';
import type { NotificationsQuery } from '../../gql/graphql';

export type Notification = NotificationsQuery['workspace']['notifications']['nodes'][number];

export const NOTIFICATIONS = graphql(`
  query Notifications($workspaceId: ID!, $before: String) {
    workspace(id: $workspaceId) {
      id
      notifications(last: 50, before: $before) {
        nodes {
          id
          seq
          reason
          createdAt
          read
          message {
            ...Message
            author {
              ...Member
            }
            channel {
              id
              name
              kind
            }
          }
        }
        pageInfo {
          hasPreviousPage
          startCursor
        }
      }
    }
  }
`);

export const MARK_NOTIFICATIONS_READ = graphql(`
  mutation MarkNotificationsRead($input: MarkNotificationsReadInput!) {
    markNotificationsRead(input: $input) {
      unreadNotifications
      countedSeq
      privateRev
    }
  }
`);
