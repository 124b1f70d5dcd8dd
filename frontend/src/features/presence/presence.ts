/** Whether somebody is here: how it is asked for and said. */
import { graphql } from '../../gql';
import type { Presence } from '../../gql/graphql';

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

/** In words; who is away is not spoken of. */
export const presenceInWords: Record<Presence, string> = {
  ACTIVE: 'Active',
  IDLE: 'Idle',
  OFFLINE: '',
};
