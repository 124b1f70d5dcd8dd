/** Changing unread counts renders the views that show them, and no message. */
import { act, render, screen } from '@testing-library/react';
import { Profiler } from 'react';
import { expect, it } from 'vitest';
import { createCache } from '../../apollo/cache';
import { channelWith } from '../channel/channelFixture';
import { memberId, memberWith } from '../member/memberFixture';
import { changeMessage, writeSentMessage } from '../message/messageCache';
import { messageWith } from '../message/messageFixture';
import { countArrival } from '../read_state/readStateCache';
import { BOOT, type Boot, watchBoot } from '../workspace/boot';
import { setUnreadNotifications } from '../workspace/workspaceCache';
import { useBoot, useViewerChannel } from '../workspace/workspaceContext';
import { inWorkspace, workspaceWith } from '../workspace/workspaceFixture';
import { MessageRow } from './MessageRow';

const [me, ann] = [memberId('a'), memberId('b')];
const [viewer, other] = [memberWith({ id: me, handle: 'me' }), memberWith({ id: ann })];
const workspaceId = 'wks_1';

const readState = {
  ...{ __typename: 'ReadState' as const, id: 'rst_1', lastReadSeq: 5, epoch: 0 },
  ...{ unreadCount: 0, mentionCount: 0 },
};

const boot: Boot = {
  __typename: 'Boot',
  workspace: {
    ...{ __typename: 'Workspace', id: workspaceId, name: 'Acme', memberCount: 2, iconUrl: null },
    ...{ createdAt: viewer.joinedAt, channelMentions: 'EVERYONE', emoji: [] },
  },
  me: viewer,
  channels: [{ ...channelWith({ directMembers: [viewer, other] }), readState }],
  ...{ seq: 5, privateRev: 1, unreadNotifications: 0 },
};

function Counts() {
  const unread = useViewerChannel('chn_1')?.readState;
  const notifications = useBoot(({ unreadNotifications }) => unreadNotifications);
  return (
    <p data-testid="counts">{`${unread?.unreadCount} ${unread?.mentionCount} ${notifications}`}</p>
  );
}

it('renders no message when unread counts change', async () => {
  const cache = createCache();
  const variables = { workspaceId };
  cache.writeQuery({ query: BOOT, variables, data: { __typename: 'Query', boot } });
  const common = { authorId: ann, mentionedIds: [me] };
  const messages = [
    messageWith({ seq: 1, text: `hello <@${me}>`, ...common }),
    messageWith({ seq: 2, text: ':tada: and :kite:', ...common }),
  ];
  for (const one of messages) writeSentMessage(cache, one);
  let renders = 0;
  // A row reads its entry on each render. The profiler below also sees renders inside of rows.
  const entries = messages.map(({ id, seq, authorId }) => ({
    ...{ id, seq, authorId },
    get createdAt() {
      renders++;
      return viewer.joinedAt;
    },
  }));

  const stop = new AbortController();
  const open = {
    ...workspaceWith(),
    boot: watchBoot(cache, workspaceId, boot, stop.signal),
  };
  const edit = () => {};
  render(
    <>
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
    </>,
    inWorkspace({ cache, open }),
  );
  expect(screen.getByText('@me')).toBeDefined();
  expect(screen.getByTestId('counts').textContent).toBe('0 0 0');

  renders = 0;
  await act(async () => {
    countArrival(cache, messageWith({ seq: 6, ...common }), me);
    setUnreadNotifications(cache, workspaceId, 1);
  });
  expect(screen.getByTestId('counts').textContent).toBe('1 1 1');
  expect(renders).toBe(0);
  changeMessage(cache, 'msg_1', (now) => ({ ...now, text: 'edited' }));
  await screen.findByText('edited');
  expect(renders).toBeGreaterThan(0);
  stop.abort();
});
