/** Changing unread counts renders the views that show them, and no message. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { act, cleanup, render, screen } from '@testing-library/react';
import { Profiler } from 'react';
import { afterEach, expect, it } from 'vitest';
import { createCache } from '../../apollo/cache';
import { changeMessage, writeSentMessage } from '../message/messageCache';
import { countArrival } from '../read_state/readStateCache';
import { BOOT, watchBoot } from '../workspace/boot';
import { setUnreadNotifications } from '../workspace/workspaceCache';
import { useBoot, useViewerChannel, WorkspaceContext } from '../workspace/workspaceContext';
import { workspaceWith } from '../workspace/workspaceFixture';
import { MessageRow } from './MessageRow';

const idOf = (letter: string) => `mem_01h455vb4pex5vsknk084sn02q01h4000000e00800000000000${letter}`;
const [me, ann] = [idOf('a'), idOf('b')];
const at = '2026-01-01T00:00:00.000Z';
const workspaceId = 'wks_1';

const member = (id: string, handle: string) => ({
  ...{ __typename: 'Member' as const, id, handle, name: handle, role: 'MEMBER' as const },
  ...{ active: true, joinedAt: at, avatarUrl: null },
});

const readState = {
  ...{
    __typename: 'ReadState' as const,
    id: 'rst_1',
    lastReadSeq: 5,
    epoch: 0,
    unreadCount: 0,
    mentionCount: 0,
  },
};

const boot = {
  __typename: 'Boot' as const,
  workspace: {
    ...{ __typename: 'Workspace' as const, id: workspaceId, name: 'Acme', memberCount: 2 },
    ...{ iconUrl: null, channelMentions: 'EVERYONE' as const, emoji: [] },
  },
  me: member(me, 'me'),
  channels: [
    {
      ...{ __typename: 'Channel' as const, id: 'chn_1', kind: 'PUBLIC' as const, name: 'general' },
      ...{ topic: '', createdAt: at, archivedAt: null, creatorId: ann },
      ...{ memberCount: 2, viewerIsMember: true },
      ...{ directMembers: [member(me, 'me'), member(ann, 'ann')], readState },
    },
  ],
  ...{ seq: 5, privateRev: 1, unreadNotifications: 0 },
};

function Counts() {
  const unread = useViewerChannel('chn_1')?.readState;
  const notifications = useBoot(({ unreadNotifications }) => unreadNotifications);
  return (
    <p data-testid="counts">{`${unread?.unreadCount} ${unread?.mentionCount} ${notifications}`}</p>
  );
}

afterEach(cleanup);

it('renders no message when unread counts change', async () => {
  const cache = createCache();
  const client = new ApolloClient({ cache, link: ApolloLink.empty() });
  const variables = { workspaceId };
  cache.writeQuery({ query: BOOT, variables, data: { __typename: 'Query', boot } });
  const message = (seq: number, text: string) => ({
    ...{ __typename: 'Message' as const, id: `msg_${seq}`, seq, channelId: 'chn_1', authorId: ann },
    ...{ threadId: null, text, mentionedIds: [me], mentionsChannel: false, createdAt: at },
    ...{ editedAt: null, deletedAt: null, reactions: [], thread: null, files: [] },
  });
  const messages = [message(1, `hello <@${me}>`), message(2, ':tada: and :kite:')];
  for (const one of messages) writeSentMessage(cache, one);
  let renders = 0;
  // A row reads its entry on each render. The profiler below also sees renders inside of rows.
  const entries = messages.map(({ id, seq, authorId }) => ({
    ...{ id, seq, authorId },
    get createdAt() {
      renders++;
      return at;
    },
  }));

  const stop = new AbortController();
  const workspace = {
    ...workspaceWith(),
    boot: watchBoot(cache, workspaceId, boot, stop.signal),
  };
  const edit = () => {};
  render(
    <ApolloProvider client={client}>
      <WorkspaceContext value={workspace}>
        <Counts />
        <Profiler id="rows" onRender={() => renders++}>
          {entries.map((entry) => (
            <MessageRow
              key={entry.id}
              entry={entry}
              head
              highlighted={false}
              editing={false}
              onEdit={edit}
            />
          ))}
        </Profiler>
      </WorkspaceContext>
    </ApolloProvider>,
  );
  expect(screen.getByText('@me')).toBeDefined();
  expect(screen.getByTestId('counts').textContent).toBe('0 0 0');

  renders = 0;
  await act(async () => {
    countArrival(cache, { ...message(6, 'new'), mentionsChannel: false }, me);
    setUnreadNotifications(cache, workspaceId, 1);
  });
  expect(screen.getByTestId('counts').textContent).toBe('1 1 1');
  expect(renders).toBe(0);
  changeMessage(cache, 'msg_1', (now) => ({ ...now, text: 'edited' }));
  await screen.findByText('edited');
  expect(renders).toBeGreaterThan(0);
  stop.abort();
});
