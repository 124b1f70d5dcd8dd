/** Presence operations and labels. */
import { graphql } from '../../gql';
import type { Presence } from '../../gql/graphql';
import { m } from '../../paraglide/messages';

export type { Activity, Presence } from '../../gql/graphql';

export const PRESENCE = graphql(`
  subscription Presence($workspaceId: ID!, $memberIds: [ID!]!) {
    presence(workspaceId: $workspaceId, memberIds: $memberIds) {
      memberId
      presence
    }
  }
`);

export const SET_ACTIVITY = graphql(`
  mutation SetActivity($input: SetActivityInput!) {
    setActivity(input: $input) {
      activity
    }
  }
`);

/** Presence labels. Offline has none. */
export const presenceLabels: Record<Presence, () => string> = {
  ACTIVE: m.presence_active,
  IDLE: m.presence_idle,
  OFFLINE: () => '',
};
