/**
 * Tells screen readers about new messages, and only those: a live region around a virtual list would
 * read history again whenever rows come and go.
 */
import { useApolloClient } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { filesInWords } from '../file/file';
import { readMember } from '../member/member';
import { readMessage } from './messageCache';
import type { Entry } from './timeline';

interface Props {
  /** The list while its newest message is on the screen. */
  entries: readonly Entry[] | undefined;
  meId: string;
}

export function MessageAnnouncer({ entries, meId }: Props) {
  const client = useApolloClient();
  const [spoken, setSpoken] = useState('');
  const newest = entries?.at(-1);
  const before = useRef<number | null>(null);
  useEffect(() => {
    if (!newest) return;
    const isNew = before.current !== null && newest.seq > before.current;
    before.current = newest.seq;
    if (!isNew || newest.authorId === meId) return;
    const { text = '', files = [] } = readMessage(client.cache, newest.id) ?? {};
    const said = [text, filesInWords(files)].filter((part) => part !== '').join(', ');
    setSpoken(`${readMember(client, newest.authorId)?.name ?? 'Somebody'}: ${said}`);
  }, [client, newest, meId]);
  return (
    <p aria-live="polite" className="sr-only">
      {spoken}
    </p>
  );
}
