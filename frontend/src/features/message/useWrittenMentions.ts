/** Whom the handles in a text being written mean: picked from the list, met before, or looked up. */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type FoundHandles, lookUpHandles, mostLookedUp } from '../member/lookUpHandles';
import { knownMembers } from '../member/memberCache';
import { useWorkspace } from '../workspace/workspaceContext';
import { storeMentions, writtenHandles } from './mention';

/** A handle is looked up when nothing was written for so long. */
const settle = 350;

export interface WrittenMentions {
  /** The text as it is stored and sent, as far as is known now. */
  stored: string;
  /** The handles that mention somebody. */
  resolved: readonly string[];
  /** Handles that nobody has. */
  nobody: readonly string[];
  /** A member was picked from the list. */
  pick(handle: string, memberId: string): void;
  /** The text as it is stored, after looking up what is not known yet; null if nothing has to be. */
  lookUp(): Promise<string> | null;
}

export function useWrittenMentions(text: string): WrittenMentions {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const picked = useRef(new Map<string, string>());
  const [found, setFound] = useState<FoundHandles>(new Map());
  const written = text.trim();
  const key = written.includes('@') ? writtenHandles(written).join(' ') : '';
  const handles = useMemo(() => (key === '' ? [] : key.split(' ')), [key]);

  // Only when other handles stand there: going through everybody takes a while.
  const met = useMemo(() => {
    const members = handles.length === 0 ? [] : knownMembers(client.cache);
    return new Map(members.map((member) => [member.handle.toLowerCase(), member.id]));
  }, [client, handles]);

  const memberIdOf = (handle: string, also: FoundHandles = found) =>
    picked.current.get(handle) ?? met.get(handle) ?? also.get(handle) ?? undefined;
  const unknown = handles
    .filter((handle) => memberIdOf(handle) === undefined && !found.has(handle))
    .slice(0, mostLookedUp);
  const unknownKey = unknown.join(' ');

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
    stored: storeMentions(written, (handle) => memberIdOf(handle)),
    resolved: handles.filter((handle) => memberIdOf(handle) !== undefined),
    nobody: handles.filter((handle) => found.get(handle) === null && !memberIdOf(handle)),
    pick: (handle, memberId) => picked.current.set(handle.toLowerCase(), memberId),
    lookUp: () =>
      unknown.length === 0
        ? null
        : ask(unknown).then((answers) =>
            storeMentions(written, (handle) => memberIdOf(handle, new Map([...found, ...answers]))),
          ),
  };
}
