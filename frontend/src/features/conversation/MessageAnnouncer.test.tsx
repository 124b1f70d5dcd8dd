/** The live region announces new messages of others, once their author is loaded. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { act, cleanup, render } from '@testing-library/react';
import { NEVER } from 'rxjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCache } from '../../apollo/cache';
import { writeMember } from '../member/memberCache';
import { writeSentMessage } from '../message/messageCache';
import type { Entry } from '../message/timeline';
import { WorkspaceContext } from '../workspace/workspaceContext';
import { workspaceWith } from '../workspace/workspaceFixture';
import { batchMs } from './announcements';
import { MessageAnnouncer } from './MessageAnnouncer';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const idOf = (letter: string) => `mem_01h455vb4pex5vsknk084sn02q01h4000000e00800000000000${letter}`;
const [ann, ben, cy] = [idOf('a'), idOf('b'), idOf('c')];

function open() {
  const cache = createCache();
  const client = new ApolloClient({ cache, link: new ApolloLink(() => NEVER) });
  const entries: Entry[] = [];
  const meet = (id: string, handle: string, name: string) =>
    writeMember(cache, {
      ...{ __typename: 'Member', id, handle, name, role: 'MEMBER', active: true },
      ...{ joinedAt: '', avatarUrl: null },
    });
  meet(ann, 'ann', 'Ann');
  meet(ben, 'ben', 'Ben');
  const shown = () => (
    <ApolloProvider client={client}>
      <WorkspaceContext value={workspaceWith()}>
        <MessageAnnouncer entries={[...entries]} meId={ann} />
      </WorkspaceContext>
    </ApolloProvider>
  );
  const add = (authorId: string, text: string) => {
    const seq = entries.length + 1;
    const id = `msg_${seq}`;
    const createdAt = '2026-01-01T00:00:00Z';
    writeSentMessage(cache, {
      ...{ __typename: 'Message', id, seq, channelId: 'chn_1', authorId, threadId: null, text },
      ...{ mentionedIds: [], mentionsChannel: false, createdAt, editedAt: null, deletedAt: null },
      ...{ reactions: [], thread: null, files: [] },
    });
    entries.push({ id, seq, authorId, createdAt });
  };
  add(ben, 'history');
  const { rerender, container } = render(shown());
  const arrive = (...messages: [authorId: string, text: string][]) => {
    for (const [authorId, text] of messages) add(authorId, text);
    rerender(shown());
    act(() => vi.advanceTimersByTime(batchMs));
  };
  const announced = () => container.querySelector('[aria-live]')?.textContent ?? '';
  return { arrive, announced, meet };
}

it('announces rendered text, without history', () => {
  const { arrive, announced } = open();
  expect(announced()).toBe('');
  arrive([ben, `<@${ann}> see **this**`]);
  expect(announced()).toBe('Ben: @ann see this');
});

it('announces equal messages again, and skips own messages', () => {
  const { arrive, announced } = open();
  arrive([ben, 'ok']);
  const first = announced();
  arrive([ann, 'mine']);
  expect(announced()).toBe(first);
  arrive([ben, 'ok']);
  expect(announced()).not.toBe(first);
  expect(announced().trim()).toBe('Ben: ok');
});

it('announces messages together once all authors are loaded', () => {
  const { arrive, announced, meet } = open();
  arrive([ben, 'one'], [cy, 'two']);
  expect(announced()).toBe('');
  meet(cy, 'cy', 'Cy');
  act(() => vi.advanceTimersByTime(batchMs));
  expect(announced()).toBe('Ben: one\nCy: two');
});

it('announces only the number of many messages', () => {
  const { arrive, announced } = open();
  arrive(...Array.from({ length: 30 }, (_, at): [string, string] => [ben, `number ${at}`]));
  expect(announced()).toBe('30 new messages');
});
