/** Writing in a channel and in a thread. */
import { act, fireEvent, render, renderHook, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, it } from 'vitest';
import { Composer } from '../composer/Composer';
import { type UploadPort, Uploads } from '../file/upload';
import { UploadsContext } from '../file/useUploads';
import { writeDraft } from '../message/draft';
import { messageDeleted, messageSent } from '../message/messageCache';
import { messageWith } from '../message/messageFixture';
import { Outbox, type SendResult } from '../message/outbox';
import { Timelines } from '../message/timelines';
import { OutboxContext } from '../message/useOutbox';
import { TimelinesContext } from '../message/useTimelines';
import { inWorkspace } from '../workspace/workspaceFixture';
import { useConversation } from './useConversation';

const me = 'mem_me';

/** The fully loaded timelines of a channel and of the thread of `msg_6`. */
async function load() {
  const channels = [{ id: 'chn_1', readState: null }];
  const { client, wrapper: Workspace } = inWorkspace({ me: { id: me }, channels });
  const timelines = new Timelines();
  const cursors = { startCursor: null, endCursor: null, hasPrevious: false, hasNext: false };
  for (const key of ['chn_1', 'msg_6']) {
    await timelines.load(key, async () => ({ entries: [], ...cursors }));
  }
  function receive(seq: number, authorId: string, rootId: string | null) {
    messageSent(client.cache, timelines, messageWith({ seq, authorId, rootId }));
  }
  return { client, Workspace, timelines, receive };
}

/** Provides the channel and thread, with a server that never responds. */
function provide({ Workspace, timelines }: Awaited<ReturnType<typeof load>>) {
  const outbox = new Outbox(me, {
    send: () => new Promise<SendResult>(() => {}),
    pause: async () => {},
    isUploaded: () => true,
  });
  // No test uploads files.
  const uploads = new Uploads({} as UploadPort, 'wks_1');
  return ({ children }: { children: ReactNode }) => (
    <Workspace>
      <TimelinesContext value={timelines}>
        <OutboxContext value={outbox}>
          <UploadsContext value={uploads}>{children}</UploadsContext>
        </OutboxContext>
      </TimelinesContext>
    </Workspace>
  );
}

const fetchPage = () => new Promise<never>(() => {});
const placeOf = (rootId: string | null) => ({
  ...{ channelId: 'chn_1', rootId, aroundId: null, onShowLatest: () => {}, fetchPage },
});

it('sends to its own place, clears its draft, and scrolls to the end', async () => {
  writeDraft(me, 'chn_1', 'half a thought');
  writeDraft(me, 'msg_6', 'a reply');
  const { result } = renderHook(
    () => ({
      channel: useConversation(placeOf(null)),
      thread: useConversation(placeOf('msg_6')),
    }),
    { wrapper: provide(await load()) },
  );
  const { channel, thread } = result.current;
  expect(channel.composer.initialText).toBe('half a thought');
  expect(thread.composer.initialText).toBe('a reply');
  act(() => thread.composer.onSend('a reply', [], false));
  const textsOf = (at: 'channel' | 'thread') =>
    result.current[at].list.outgoing.map(({ text }) => text);
  expect(textsOf('thread')).toEqual(['a reply']);
  expect(textsOf('channel')).toEqual([]);
  // A new place scrolls its list.
  expect(result.current.thread.list.timeline.place).not.toBe(thread.list.timeline.place);
  expect(result.current.channel.list.timeline.place).toBe(channel.list.timeline.place);
  expect(result.current.thread.composer.initialText).toBe('');
  expect(result.current.channel.composer.initialText).toBe('half a thought');
});

function Writing({ rootId }: { rootId: string | null }) {
  const { list, composer } = useConversation(placeOf(rootId));
  return (
    <>
      <Composer label="Message" {...composer} />
      <p data-testid="edited">{list.editingId}</p>
    </>
  );
}

it.each(['channel', 'thread'])('edits the last own message in the %s on arrow up', async (at) => {
  const loaded = await load();
  const rootId = at === 'thread' ? 'msg_6' : null;
  loaded.receive(7, me, rootId);
  loaded.receive(8, me, rootId);
  loaded.receive(9, 'mem_ann', rootId);
  // Deleted messages cannot be edited.
  const deletedAt = '2026-01-01T00:01:00.000Z';
  messageDeleted(loaded.client.cache, { id: 'msg_8', rootId, deletedAt });
  const Provider = provide(loaded);
  render(
    <Provider>
      <Writing rootId={rootId} />
    </Provider>,
  );
  fireEvent.keyDown(screen.getByLabelText('Message'), { key: 'ArrowUp' });
  expect(screen.getByTestId('edited').textContent).toBe('msg_7');
});
