/** What one writes in a channel and in a thread of it. */
import { ApolloProvider } from '@apollo/client/react';
import { act, cleanup, renderHook } from '@testing-library/react';
import type { ReactNode } from 'react';
import { afterEach, expect, it } from 'vitest';
import { type UploadPort, Uploads } from '../file/upload';
import { deleted, EventStage, me, sent, workspaceId } from '../live/eventStage';
import { type OpenWorkspace, WorkspaceContext } from '../workspace/workspaceContext';
import { writeDraft } from './draft';
import { Outbox, type Taken } from './outbox';
import type { Place } from './timeline';
import type { LoadedTimeline } from './useTimeline';
import { useWriting } from './useWriting';

afterEach(() => {
  cleanup();
  localStorage.clear();
});

/** The channel and its thread below `msg_6`, side by side, with a server that does not answer. */
function open(stage: EventStage) {
  const outbox = new Outbox(me, {
    send: () => new Promise<Taken>(() => {}),
    pause: async () => {},
    isUploaded: () => true,
  });
  // Nothing is uploaded.
  const uploads = new Uploads({} as UploadPort);
  const workspace = { id: workspaceId, me: { id: me }, outbox, uploads };
  const wrapper = ({ children }: { children: ReactNode }) => (
    <ApolloProvider client={stage.client}>
      <WorkspaceContext value={workspace as unknown as OpenWorkspace}>{children}</WorkspaceContext>
    </ApolloProvider>
  );
  const went: [string, Place][] = [];
  const placeOf = (key: string, threadId: string | null) => ({
    ...{ channelId: 'chn_1', threadId, aroundId: null, onShowLatest: () => {} },
    timeline: {
      segment: stage.timelines.get(key)[0],
      goTo: (place: Place) => went.push([key, place]),
    } as unknown as LoadedTimeline,
  });
  const { result } = renderHook(
    () => ({
      channel: useWriting(placeOf('chn_1', null)),
      thread: useWriting(placeOf('msg_6', 'msg_6')),
    }),
    { wrapper },
  );
  return { result, went };
}

it('goes out where it was written, with its draft, and leads to the end there', async () => {
  const stage = await EventStage.open();
  writeDraft(me, 'chn_1', 'half a thought');
  writeDraft(me, 'msg_6', 'a reply');
  const { result, went } = open(stage);
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

it.each(['channel', 'thread'] as const)('is edited where it stands last: in the %s', async (at) => {
  const stage = await EventStage.open();
  const mine = { authorId: me, threadId: at === 'thread' ? 'msg_6' : null };
  stage.apply(sent(7, mine));
  stage.apply(sent(8, mine));
  stage.apply(sent(9, { ...mine, authorId: 'mem_ann' }));
  // There is nothing to change in what was deleted.
  stage.apply(deleted(10, 'msg_8', { ...mine, seq: 8 }));
  const { result } = open(stage);
  act(() => result.current[at].composer.onEditLast());
  expect(result.current[at].list.editingId).toBe('msg_7');
});
