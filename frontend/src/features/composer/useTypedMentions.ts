/** Resolves handles in typed text: held, picked, cached or looked up on the server. */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { normalizeHandle } from '../member/handle';
import { type FoundHandles, lookUpHandles, maxLookups } from '../member/lookUpHandles';
import { cachedMembers, useMemberRevision } from '../member/memberCache';
import { useWorkspace } from '../workspace/workspaceContext';
import { type Stored, storeMentions, type TypedText } from './heldMentions';

/** Debounce of lookups in milliseconds. */
const debounceMs = 350;

export interface TypedMentions {
  /** The stored form of the text, as far as handles are resolved. */
  stored: string;
  /** Handles that resolve to a mention. */
  resolved: readonly string[];
  /** Unknown handles, except the one at the caret. */
  unknownHandles: readonly string[];
  /** Records a member picked from the completion menu. */
  pick(handle: string, memberId: string): void;
  /** Resolves to the stored form after looking up unknown handles. Null if all are known. */
  lookUp(): Promise<string> | null;
}

/** `writing` is the handle at the caret. */
export function useTypedMentions(field: TypedText, writing: string | null = null): TypedMentions {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const picked = useRef<Map<string, string> | null>(null);
  // Existing mentions take precedence over lookups.
  picked.current ??= targetsByHandle(field);
  const [found, setFound] = useState<FoundHandles>(new Map());
  const hasMention = field.text.includes('@');

  const revision = useMemberRevision(client.cache);
  // Recomputed only when a mention starts or a member changes, because scanning all members is slow.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the cache changes with the revision.
  const cached = useMemo(() => {
    const members = hasMention ? cachedMembers(client.cache) : [];
    const active = members.filter((member) => member.active);
    return new Map(active.map((member) => [member.handle, member.id]));
  }, [client, hasMention, revision]);
  // Lookups are outdated once a member changes.
  // biome-ignore lint/correctness/useExhaustiveDependencies: with every revision.
  useEffect(() => setFound(new Map()), [revision]);

  const memberIdOf = (handle: string, also: FoundHandles = found) =>
    picked.current?.get(handle) ?? cached.get(handle) ?? also.get(handle) ?? undefined;
  const now = storeMentions(field, (handle) => memberIdOf(handle));
  const unknown = now.possible.filter((handle) => memberIdOf(handle) === undefined);
  const unknownKey = unknown
    .filter((handle) => !found.has(handle))
    .slice(0, maxLookups)
    .join(' ');

  const lookUpNow = useCallback(
    async (requested: readonly string[]) => {
      const results = await lookUpHandles(client, workspaceId, requested);
      setFound((before) => new Map([...before, ...results]));
      return results;
    },
    [client, workspaceId],
  );

  useEffect(() => {
    if (unknownKey === '') return;
    const timer = setTimeout(() => lookUpNow(unknownKey.split(' ')), debounceMs);
    return () => clearTimeout(timer);
  }, [unknownKey, lookUpNow]);

  return {
    stored: now.text,
    resolved: now.resolved,
    unknownHandles: unknownHandles(now, found).filter((handle) => handle !== writing),
    pick: (handle, memberId) => picked.current?.set(handle, memberId),
    lookUp: () =>
      unknown.length === 0
        ? null
        : lookUpNow(unknown.slice(0, maxLookups)).then(
            (results) =>
              storeMentions(field, (handle) => memberIdOf(handle, new Map([...found, ...results])))
                .text,
          ),
  };
}

function targetsByHandle({ text, held }: TypedText): Map<string, string> {
  return new Map(
    held.flatMap(({ from, to, target }) =>
      target === null ? [] : [[normalizeHandle(text.slice(from + 1, to)), target]],
    ),
  );
}

/** Returns typed handles of which neither the whole nor a shorter part exists. */
function unknownHandles({ unresolved }: Stored, found: FoundHandles): string[] {
  const denied = unresolved.filter(({ handles }) =>
    handles.every(({ handle }) => found.get(handle) === null),
  );
  return [...new Set(denied.flatMap(({ handles }) => handles[0]?.handle ?? []))];
}
