/**
 * Tells screen readers about new messages, and only those: a live region around a virtual list would
 * read history again whenever rows come and go.
 */
import type { ApolloClient } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { readMember, wantMember } from '../member/member';
import { useWorkspace } from '../workspace/workspaceContext';
import { type Announced, Announcements } from './announcements';
import { readMessage } from './messageCache';
import { messageInWords, peopleIn } from './messageInWords';
import type { Entry } from './timeline';

interface Props {
  /** The list while its newest message is on the screen. */
  entries: readonly Entry[] | undefined;
  meId: string;
}

export function MessageAnnouncer({ entries, meId }: Props) {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const [spoken, setSpoken] = useState('');
  const queue = useRef<Announcements | null>(null);
  const before = useRef<number | null>(null);
  useEffect(() => {
    const announcements = new Announcements(setSpoken);
    queue.current = announcements;
    return () => announcements.stop();
  }, []);
  useEffect(() => {
    const seen = before.current;
    before.current = entries?.at(-1)?.seq ?? null;
    if (!entries || seen === null) return;
    const added = entries.filter(({ seq, authorId }) => seq > seen && authorId !== meId);
    queue.current?.add(added.map((entry) => announced(client, workspaceId, entry)));
  }, [client, workspaceId, entries, meId]);
  return (
    <p aria-live="polite" className="sr-only whitespace-pre-line">
      {spoken}
    </p>
  );
}

function announced(client: ApolloClient, workspaceId: string, { id, authorId }: Entry): Announced {
  const message = () => {
    const now = readMessage(client.cache, id);
    return now && !now.deletedAt ? now : null;
  };
  return {
    isThere: () => message() !== null,
    words() {
      const now = message();
      if (!now) return null;
      const unknown = [authorId, ...peopleIn(now)].filter((one) => !readMember(client, one));
      for (const one of unknown) wantMember(client, workspaceId, one);
      if (unknown.length > 0) return null;
      const words = messageInWords(now, (one) => readMember(client, one)?.handle ?? '');
      return `${readMember(client, authorId)?.name}: ${words}`;
    },
  };
}
