/** What stands in the live region: each new message of others, once it is known who wrote it. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { act, cleanup, render } from '@testing-library/react';
import { NEVER } from 'rxjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCache } from '../../apollo/cache';
import { writeMember } from '../member/memberCache';
import { type OpenWorkspace, WorkspaceContext } from '../workspace/workspaceContext';
import { moment } from './announcements';
import { MessageAnnouncer } from './MessageAnnouncer';
import { writeAnswer } from './messageCache';
import type { Entry } from './timeline';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const idOf = (letter: string) => `mem_01890000-0000-7000-8000-00000000000${letter}`;
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
      <WorkspaceContext value={{ id: 'wks_1' } as unknown as OpenWorkspace}>
        <MessageAnnouncer entries={[...entries]} meId={ann} />
      </WorkspaceContext>
    </ApolloProvider>
  );
  const add = (authorId: string, text: string) => {
    const seq = entries.length + 1;
    const id = `msg_${seq}`;
    const createdAt = '2026-01-01T00:00:00Z';
    writeAnswer(cache, {
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
    act(() => vi.advanceTimersByTime(moment));
  };
  const said = () => container.querySelector('[aria-live]')?.textContent ?? '';
  return { arrive, said, meet };
}

it('says what is read on the screen, and no history', () => {
  const { arrive, said } = open();
  expect(said()).toBe('');
  arrive([ben, `<@${ann}> see **this**`]);
  expect(said()).toBe('Ben: @ann see this');
});

it('says a second equal one, and nothing of one’s own', () => {
  const { arrive, said } = open();
  arrive([ben, 'ok']);
  const first = said();
  arrive([ann, 'mine']);
  expect(said()).toBe(first);
  arrive([ben, 'ok']);
  expect(said()).not.toBe(first);
  expect(said().trim()).toBe('Ben: ok');
});

it('says both of one moment, once it is known who wrote them', () => {
  const { arrive, said, meet } = open();
  arrive([ben, 'one'], [cy, 'two']);
  expect(said()).toBe('');
  meet(cy, 'cy', 'Cy');
  act(() => vi.advanceTimersByTime(moment));
  expect(said()).toBe('Ben: one\nCy: two');
});

it('says how many there are when there are many', () => {
  const { arrive, said } = open();
  arrive(...Array.from({ length: 30 }, (_, at): [string, string] => [ben, `number ${at}`]));
  expect(said()).toBe('30 new messages');
});
