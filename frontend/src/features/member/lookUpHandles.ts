/** Finds out on the server whom handles mean that this device has not met yet. */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';
import { normalHandle } from './handle';

/** A text with more unknown handles than this is sent without knowing the others. */
export const mostLookedUp = 100;

/** Sending does not wait longer than this for the answer. */
const mostPatience = 2000;

const MEMBERS_BY_HANDLE = graphql(`
  query MembersByHandle($workspaceId: ID!, $handles: [String!]!) {
    members(workspaceId: $workspaceId, ids: [], handles: $handles) {
      ...Member
    }
  }
`);

/** By handle: the member's id, or null where nobody is called so. What could not be asked is missing. */
export type FoundHandles = ReadonlyMap<string, string | null>;

export async function lookUpHandles(
  client: ApolloClient,
  workspaceId: string,
  handles: readonly string[],
): Promise<FoundHandles> {
  const asked = handles.slice(0, mostLookedUp);
  const lookUp = async (): Promise<FoundHandles> => {
    const { data } = await client.query({
      query: MEMBERS_BY_HANDLE,
      variables: { workspaceId, handles: asked },
      fetchPolicy: 'network-only',
    });
    if (!data) return new Map();
    const ids = new Map(data.members.map((one) => [normalHandle(one.handle), one.id]));
    return new Map(asked.map((handle) => [handle, ids.get(handle) ?? null]));
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<FoundHandles>((resolve) => {
    timer = setTimeout(() => resolve(new Map()), mostPatience);
  });
  const found = await Promise.race([lookUp().catch(() => new Map()), tooLate]);
  clearTimeout(timer);
  return found;
}
