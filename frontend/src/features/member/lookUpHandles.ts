/** Looks up handles on the server that are not cached. */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';
import { normalizeHandle } from './handle';

/** Maximum number of handles per request. Further handles are not resolved. */
export const maxLookups = 100;

/** Timeout in milliseconds. Sending continues without a response. */
const timeoutMs = 2000;

const MEMBERS_BY_HANDLE = graphql(`
  query MembersByHandle($workspaceId: ID!, $handles: [String!]!) {
    members(workspaceId: $workspaceId, ids: [], handles: $handles) {
      ...Member
    }
  }
`);

/** Maps handles to member ids, or null if unknown. Handles that were not looked up are missing. */
export type FoundHandles = ReadonlyMap<string, string | null>;

export async function lookUpHandles(
  client: ApolloClient,
  workspaceId: string,
  handles: readonly string[],
): Promise<FoundHandles> {
  const requested = handles.slice(0, maxLookups);
  const lookUp = async (): Promise<FoundHandles> => {
    const { data } = await client.query({
      query: MEMBERS_BY_HANDLE,
      variables: { workspaceId, handles: requested },
      fetchPolicy: 'network-only',
    });
    if (!data) return new Map();
    const ids = new Map(data.members.map((one) => [normalizeHandle(one.handle), one.id]));
    return new Map(requested.map((handle) => [handle, ids.get(handle) ?? null]));
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<FoundHandles>((resolve) => {
    timer = setTimeout(() => resolve(new Map()), timeoutMs);
  });
  const found = await Promise.race([lookUp().catch(() => new Map()), timeout]);
  clearTimeout(timer);
  return found;
}
