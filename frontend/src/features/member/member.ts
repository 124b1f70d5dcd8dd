/** The person as everybody in the workspace sees them, and how to load those not yet known. */
import type { ApolloClient } from '@apollo/client';
import { useApolloClient, useFragment } from '@apollo/client/react';
import { useEffect } from 'react';
import { failureOf, isPassing } from '../../apollo/failure';
import { graphql } from '../../gql';
import type { MemberFragment } from '../../gql/graphql';

import { pause } from '../live/pause';

export type Member = MemberFragment;

export const MEMBER = graphql(`
  fragment Member on Member {
    id
    handle
    name
    role
    active
    joinedAt
    avatarUrl
  }
`);

const MEMBERS_BY_ID = graphql(`
  query MembersById($workspaceId: ID!, $ids: [ID!]!) {
    members(workspaceId: $workspaceId, ids: $ids) {
      ...Member
    }
  }
`);

/** The most ids that the server takes at once. */
const batchSize = 100;

interface Wanted {
  workspaceId: string;
  ids: Set<string>;
}

const wanted = new WeakMap<ApolloClient, Map<string, Wanted>>();

/** Asks for a member that the cache lacks. Requests of one moment become one query. */
export function wantMember(client: ApolloClient, workspaceId: string, id: string): void {
  const byWorkspace = wanted.get(client) ?? new Map<string, Wanted>();
  wanted.set(client, byWorkspace);
  const batch = byWorkspace.get(workspaceId);
  if (batch) {
    batch.ids.add(id);
    return;
  }
  const fresh: Wanted = { workspaceId, ids: new Set([id]) };
  byWorkspace.set(workspaceId, fresh);
  setTimeout(() => {
    byWorkspace.delete(workspaceId);
    const ids = [...fresh.ids];
    for (let at = 0; at < ids.length; at += batchSize) {
      loadMembers(client, workspaceId, ids.slice(at, at + batchSize));
    }
  }, 10);
}

/** Tries until there is an answer: until then they are shown without a name. */
async function loadMembers(client: ApolloClient, workspaceId: string, ids: string[]) {
  const variables = { workspaceId, ids };
  for (let attempt = 0; ; attempt++) {
    try {
      await client.query({ query: MEMBERS_BY_ID, variables, fetchPolicy: 'network-only' });
      return;
    } catch (error) {
      const failure = failureOf(error);
      // Signed out, nobody waits for names any more.
      if (!isPassing(failure) || failure.code === 'UNAUTHENTICATED') return;
      await pause(attempt, failure.retryAfter);
    }
  }
}

export function readMember(client: ApolloClient, id: string): Member | null {
  return client.cache.readFragment({
    id: `Member:${id}`,
    fragment: MEMBER,
    fragmentName: 'Member',
  });
}

/** The member, or null until it is loaded. */
export function useMember(workspaceId: string, id: string): Member | null {
  const client = useApolloClient();
  const { data, complete } = useFragment({
    fragment: MEMBER,
    fragmentName: 'Member',
    from: { __typename: 'Member', id },
  });
  useEffect(() => {
    if (!complete) wantMember(client, workspaceId, id);
  }, [client, complete, workspaceId, id]);
  return complete ? (data as Member) : null;
}
