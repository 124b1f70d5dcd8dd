/** Writing in a channel and in a thread. */
import { ApolloProvider } from '@apollo/client/react';
import { act, cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, expect, it } from 'vitest';
import { type UploadPort, Uploads } from '../file/upload';
import { deleted, EventFixture, me, sent, workspaceId } from '../live/eventFixture';
import { type OpenWorkspace, WorkspaceContext } from '../workspace/workspaceContext';
import { writeDraft } from './draft';
import { Outbox, type SendResult } from './outbox';
import type { Place } from './timeline';
import { useConversation } from './useConversation';
import type { LoadedTimeline } from './useTimeline';

afterEach(() => {
  cleanup();
  localStorage.clear();
});

/** A channel and the thread of `msg_6`, with a server that never responds. */
function open(fixture: EventFixture) {
  const outbox = new Outbox(me, {
    send: () => new Promise<SendResult>(() => {}),
    pause: async () => {},
    isUploaded: () => true,
  });
  // No test uploads files.
  const uploads = new Uploads({} as UploadPort);
  const workspace = { id: workspaceId, me: { id: me }, outbox, uploads };
  const wrapper = ({ children }: { children: ReactNode }) => (
    <ApolloProvider client={fixture.client}>
      <WorkspaceContext value={workspace as unknown as OpenWorkspace}>{children}</WorkspaceContext>
    </ApolloProvider>
  );
  const went: [string, Place][] = [];
  const placeOf = (key: string, threadId: string | null) => ({
    ...{ channelId: 'chn_1', threadId, aroundId: null, onShowLatest: () => {} },
    timeline: {
      segment: fixture.timelines.get(key)[0],
      goTo: (place: Place) => went.push([key, place]),
    } as unknown as LoadedTimeline,
  });
  const { result } = renderHook(
    () => ({
      channel: useConversation(placeOf('chn_1', null)),
      thread: useConversation(placeOf('msg_6', 'msg_6')),
    }),
    { wrapper },
  );
  return { result, went };
}

it('sends to its own place, clears its draft, and scrolls to the end', async () => {
  const fixture = await EventFixture.open();
  writeDraft(me, 'chn_1', 'half a thought');
  writeDraft(me, 'msg_6', 'a reply');
  const { result, went } = open(fixture);
  expect(result.current.channel.composer.initialText).toBe('half a thought');
  expect(result.current.thread.composer.initialText).toBe('a reply');
  act(() => result.current.thread.composer.onSend('a reply', [], false));
  const textsOf = (place: 'channel' | 'thread') =>
    result.current[place].list.outgoing.map(({ text }) => text);
  expect(textsOf('thread')).toEqual(['a reply']);
  expect(textsOf('channel')).toEqual([]);
  expect(went).toEqual([['msg_6', { kind: 'end' }]]);
  expect(result.current.thread.composer.initialText).toBe('');
  expect(result.current.channel.composer.initialText).toBe('half a thought');
});

it.each(['channel', 'thread'] as const)('edits the last own message in the %s', async (at) => {
  const fixture = await EventFixture.open();
  const mine = { authorId: me, threadId: at === 'thread' ? 'msg_6' : null };
  fixture.apply(sent(7, mine));
  fixture.apply(sent(8, mine));
  fixture.apply(sent(9, { ...mine, authorId: 'mem_ann' }));
  // Deleted messages cannot be edited.
  fixture.apply(deleted(10, 'msg_8', { ...mine, seq: 8 }));
  const { result } = open(fixture);
  act(() => result.current[at].composer.onEditLast());
  expect(result.current[at].list.editingId).toBe('msg_7');
});
