/** Finds out on the server whom handles mean that this device has not met yet. */
import type { ApolloClient } from '@apollo/client';
import { normalHandle } from './handle';
import { MEMBER_SEARCH } from './useMemberSearch';

/** A text with more unknown handles than this is sent without knowing the others. */
export const mostLookedUp = 10;

/** Sending does not wait longer than this for the answers. */
const mostPatience = 2000;

/** By handle: the member's id, or null where nobody is called so. What could not be asked is missing. */
export type FoundHandles = ReadonlyMap<string, string | null>;

export async function lookUpHandles(
  client: ApolloClient,
  workspaceId: string,
  handles: readonly string[],
): Promise<FoundHandles> {
  const found = new Map<string, string | null>();
  const lookUp = async (handle: string) => {
    const { data } = await client.query({
      query: MEMBER_SEARCH,
      // Also those are found whose names contain it.
      variables: { workspaceId, search: handle, first: 100 },
      fetchPolicy: 'network-only',
    });
    if (!data) return;
    const member = data.workspace.members.nodes.find(
      (one) => one.active && normalHandle(one.handle) === handle,
    );
    found.set(handle, member?.id ?? null);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([
    Promise.allSettled(handles.slice(0, mostLookedUp).map(lookUp)),
    new Promise((resolve) => {
      timer = setTimeout(resolve, mostPatience);
    }),
  ]);
  clearTimeout(timer);
  return new Map(found);
}
