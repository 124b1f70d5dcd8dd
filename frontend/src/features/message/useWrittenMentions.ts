/** Whom the handles in a text being written mean: held, picked from the list, met before, or looked up. */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { normalHandle } from '../member/handle';
import { type FoundHandles, lookUpHandles, mostLookedUp } from '../member/lookUpHandles';
import { knownMembers, useMemberRevision } from '../member/memberCache';
import { useWorkspace } from '../workspace/workspaceContext';
import { type Field, type Stored, storeMentions } from './heldMentions';

/** A handle is looked up when nothing was written for so long. */
const settle = 350;

export interface WrittenMentions {
  /** The text as it is stored and sent, as far as is known now. */
  stored: string;
  /** The handles that mention somebody. */
  resolved: readonly string[];
  /** Handles that nobody has; nothing is said of the one that is still being written. */
  nobody: readonly string[];
  /** A member was picked from the list. */
  pick(handle: string, memberId: string): void;
  /** The text as it is stored, after asking for everybody who is not known; null if nobody has to be. */
  lookUp(): Promise<string> | null;
}

/** `writing` is the handle at the caret. */
export function useWrittenMentions(field: Field, writing: string | null = null): WrittenMentions {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const picked = useRef<Map<string, string> | null>(null);
  // Whom the text mentioned before comes before every look-up.
  picked.current ??= meantIn(field);
  const [found, setFound] = useState<FoundHandles>(new Map());
  const mentionsSomebody = field.text.includes('@');

  const revision = useMemberRevision(client.cache);
  // Only when a mention begins, and when somebody joins or is renamed: going through everybody takes a while.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the cache changes with the revision.
  const met = useMemo(() => {
    const members = mentionsSomebody ? knownMembers(client.cache) : [];
    const active = members.filter((member) => member.active);
    return new Map(active.map((member) => [member.handle, member.id]));
  }, [client, mentionsSomebody, revision]);
  // That nobody is called so was true a moment ago.
  // biome-ignore lint/correctness/useExhaustiveDependencies: with every revision.
  useEffect(() => setFound(new Map()), [revision]);

  const memberIdOf = (handle: string, also: FoundHandles = found) =>
    picked.current?.get(handle) ?? met.get(handle) ?? also.get(handle) ?? undefined;
  const now = storeMentions(field, (handle) => memberIdOf(handle));
  const unknown = now.possible.filter((handle) => memberIdOf(handle) === undefined);
  const unknownKey = unknown
    .filter((handle) => !found.has(handle))
    .slice(0, mostLookedUp)
    .join(' ');

  const ask = useCallback(
    async (asked: readonly string[]) => {
      const answers = await lookUpHandles(client, workspaceId, asked);
      setFound((before) => new Map([...before, ...answers]));
      return answers;
    },
    [client, workspaceId],
  );

  useEffect(() => {
    if (unknownKey === '') return;
    const timer = setTimeout(() => ask(unknownKey.split(' ')), settle);
    return () => clearTimeout(timer);
  }, [unknownKey, ask]);

  return {
    stored: now.text,
    resolved: now.resolved,
    nobody: nobodyOf(now, found).filter((handle) => handle !== writing),
    pick: (handle, memberId) => picked.current?.set(handle, memberId),
    lookUp: () =>
      unknown.length === 0
        ? null
        : ask(unknown.slice(0, mostLookedUp)).then(
            (answers) =>
              storeMentions(field, (handle) => memberIdOf(handle, new Map([...found, ...answers])))
                .text,
          ),
  };
}

function meantIn({ text, held }: Field): Map<string, string> {
  return new Map(
    held.flatMap(({ from, to, target }) =>
      target === null ? [] : [[normalHandle(text.slice(from + 1, to)), target]],
    ),
  );
}

/** What was typed as a whole, if neither that nor a shorter part of it is anybody's handle. */
function nobodyOf({ unresolved }: Stored, found: FoundHandles): string[] {
  const denied = unresolved.filter(({ handles }) =>
    handles.every(({ handle }) => found.get(handle) === null),
  );
  return [...new Set(denied.flatMap(({ handles }) => handles[0]?.handle ?? []))];
}
