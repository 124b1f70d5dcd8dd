/**
 * Announces new messages to screen readers. A live region around the virtual list would announce history
 * whenever rows mount.
 */
import type { ApolloClient } from '@apollo/client';
import { useApolloClient } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { m } from '../../paraglide/messages';
import { readMember, requestMember } from '../member/member';
import { readMessage } from '../message/messageCache';
import { mentionedMemberIds, messagePlainText } from '../message/messagePlainText';
import type { Entry } from '../message/timeline';
import { useWorkspace } from '../workspace/workspaceContext';
import { type Announcement, Announcements } from './announcements';

interface Props {
  /** The entries, or undefined while the list is scrolled away from the end. */
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
    queue.current?.add(added.map((entry) => toAnnouncement(client, workspaceId, entry)));
  }, [client, workspaceId, entries, meId]);
  return (
    <p aria-live="polite" className="sr-only whitespace-pre-line">
      {spoken}
    </p>
  );
}

function toAnnouncement(
  client: ApolloClient,
  workspaceId: string,
  { id, authorId }: Entry,
): Announcement {
  const message = () => {
    const now = readMessage(client.cache, id);
    return now && !now.deletedAt ? now : null;
  };
  return {
    exists: () => message() !== null,
    words() {
      const now = message();
      if (!now) return null;
      const unknown = [authorId, ...mentionedMemberIds(now)].filter(
        (one) => !readMember(client, one),
      );
      for (const one of unknown) requestMember(client, workspaceId, one);
      if (unknown.length > 0) return null;
      const words = messagePlainText(now, (one) => readMember(client, one)?.handle ?? '');
      return m.conversation_announcements_message({
        name: readMember(client, authorId)?.name ?? '',
        text: words,
      });
    },
  };
}
