/** The live region announces new messages of others, once their author is loaded. */
import { act, render } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { writeMember } from '../member/memberCache';
import { memberId, memberWith } from '../member/memberFixture';
import { entryOf, writeSentMessage } from '../message/messageCache';
import { messageWith } from '../message/messageFixture';
import type { Entry } from '../message/timeline';
import { inWorkspace } from '../workspace/workspaceFixture';
import { batchMs } from './announcements';
import { MessageAnnouncer } from './MessageAnnouncer';

beforeEach(() => {
  vi.useFakeTimers();
});
const [ann, ben, cy] = [memberId('a'), memberId('b'), memberId('c')];

function open() {
  const place = inWorkspace();
  const { cache } = place.client;
  const entries: Entry[] = [];
  const meet = (id: string, handle: string, name: string) =>
    writeMember(cache, memberWith({ id, handle, name }));
  meet(ann, 'ann', 'Ann');
  meet(ben, 'ben', 'Ben');
  const shown = () => <MessageAnnouncer entries={[...entries]} meId={ann} />;
  const add = (authorId: string, text: string) => {
    const message = messageWith({ seq: entries.length + 1, authorId, text });
    writeSentMessage(cache, message);
    entries.push(entryOf(message));
  };
  add(ben, 'history');
  const { rerender, container } = render(shown(), place);
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
