/** The member fragment, and batched loading of members. */
import type { ApolloClient } from '@apollo/client';
import { useApolloClient, useFragment } from '@apollo/client/react';
import { useEffect } from 'react';
import { failureOf, isTransient } from '../../apollo/failure';
import { pause } from '../../apollo/pause';
import { graphql } from '../../gql';
import type { MemberFragment } from '../../gql/graphql';

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

/** Maximum number of ids per request. */
const batchSize = 100;

interface Batch {
  workspaceId: string;
  ids: Set<string>;
}

const pendingBatches = new WeakMap<ApolloClient, Map<string, Batch>>();

/** Loads a member that is not cached. Batches requests. */
export function requestMember(client: ApolloClient, workspaceId: string, id: string): void {
  const byWorkspace = pendingBatches.get(client) ?? new Map<string, Batch>();
  pendingBatches.set(client, byWorkspace);
  const batch = byWorkspace.get(workspaceId);
  if (batch) {
    batch.ids.add(id);
    return;
  }
  const fresh: Batch = { workspaceId, ids: new Set([id]) };
  byWorkspace.set(workspaceId, fresh);
  setTimeout(() => {
    byWorkspace.delete(workspaceId);
    const ids = [...fresh.ids];
    for (let at = 0; at < ids.length; at += batchSize) {
      loadMembers(client, workspaceId, ids.slice(at, at + batchSize));
    }
  }, 10);
}

/** Retries transient errors. Until then, the members are shown without names. */
async function loadMembers(client: ApolloClient, workspaceId: string, ids: string[]) {
  const variables = { workspaceId, ids };
  for (let attempt = 0; ; attempt++) {
    try {
      await client.query({ query: MEMBERS_BY_ID, variables, fetchPolicy: 'network-only' });
      return;
    } catch (error) {
      const failure = failureOf(error);
      // Signed out, the names are no longer needed.
      if (!isTransient(failure) || failure.code === 'UNAUTHENTICATED') return;
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

/** Returns the member, or null until loaded. */
export function useMember(workspaceId: string, id: string): Member | null {
  const client = useApolloClient();
  const { data, complete } = useFragment({
    fragment: MEMBER,
    fragmentName: 'Member',
    from: { __typename: 'Member', id },
  });
  useEffect(() => {
    if (!complete) requestMember(client, workspaceId, id);
  }, [client, complete, workspaceId, id]);
  return complete ? (data as Member) : null;
}
