/** Applies file, emoji and workspace events. */
import { beforeEach, describe, expect, it } from 'vitest';
import { fileOfEvent, writeFile } from '../file/fileCache';
import { readMessage } from '../message/messageCache';
import { ann, at, EventFixture, event, sent, workspaceId } from './eventFixture';
import type { EventOf } from './eventsDocument';

let fixture: EventFixture;

beforeEach(async () => {
  fixture = await EventFixture.open();
});

describe('files and emoji', () => {
  type EventFile = EventOf<'FileUpdated'>['file'];
  const file = (given: Partial<EventFile> = {}): EventFile => ({
    ...{ __typename: 'FileSnapshot', id: 'fil_1', name: 'kite.png', type: 'image/png' },
    ...{ size: 1000, status: 'PROCESSING', isVoice: false, isAnimated: false, alt: null },
    ...{ width: 400, height: 300, durationMs: null, thumbhash: null, waveform: null },
    ...{ url: '/media/a', downloadUrl: '/media/a?download', previews: [], uploaderId: ann },
    ...{
      channelId: 'chn_1',
      messageId: 'msg_20',
      createdAt: at,
      isRemoved: false,
      kind: 'PICTURE',
    },
    ...given,
  });
  const shown = (id: string) => readMessage(fixture.client.cache, id)?.files;
  const preview: EventFile['previews'][number] = {
    ...{ __typename: 'FilePreview', size: 'SMALL', url: '/media/s', width: 360, height: 270 },
  };

  it('applies file updates and keeps them on older responses', () => {
    fixture.apply(sent(20, { files: [file()] }));
    expect(shown('msg_20')).toMatchObject([{ status: 'PROCESSING', previews: [] }]);
    const ready = file({ status: 'READY', thumbhash: 'abc', previews: [preview], alt: 'A kite' });
    fixture.apply(event('FileUpdated', 21, { file: ready }));
    expect(shown('msg_20')).toMatchObject([{ status: 'READY', alt: 'A kite', width: 400 }]);
    // A page that was read before the event.
    writeFile(fixture.client.cache, fileOfEvent(file({ alt: 'A kite' }), { actorId: ann, at }));
    expect(shown('msg_20')).toMatchObject([
      { status: 'READY', thumbhash: 'abc', previews: [{ url: '/media/s' }] },
    ]);
  });

  it('clears a deleted file', () => {
    const found = { thumbhash: 'abc', waveform: [10, 90], previews: [preview] };
    fixture.apply(sent(20, { files: [file({ ...found, status: 'READY', alt: 'A kite' })] }));
    fixture.apply(event('FileRemoved', 21, { fileId: 'fil_1' }));
    const cleared = { name: '', size: 0, alt: null, thumbhash: null, waveform: null, previews: [] };
    expect(shown('msg_20')).toMatchObject([{ ...cleared, removedAt: at }]);
    fixture.apply(event('FileUpdated', 20, { file: file() }));
    expect(shown('msg_20')).toMatchObject([{ name: '', removedAt: at }]);
  });

  it('shows a file that has been removed since as deleted', () => {
    const removed = file({
      name: '',
      isRemoved: true,
      kind: null,
      uploaderId: null,
      createdAt: null,
    });
    fixture.apply(sent(20, { files: [removed] }));
    expect(shown('msg_20')).toMatchObject([{ id: 'fil_1', removedAt: at }]);
  });

  it('applies emoji, name and icon changes', () => {
    const emoji = {
      __typename: 'Emoji' as const,
      id: 'emo_1',
      name: 'ship_it',
      url: '/media/e',
      stillUrl: '/media/s',
      creatorId: ann,
    };
    fixture.apply(event('EmojiCreated', 20, { created: emoji }));
    fixture.apply(event('EmojiCreated', 20, { created: emoji }));
    expect(fixture.boot()?.workspace.emoji.map(({ name }) => name)).toEqual(['ship_it']);
    fixture.apply(event('EmojiDeleted', 21, { emojiId: 'emo_1' }));
    expect(fixture.boot()?.workspace.emoji).toEqual([]);
    const changed = { name: 'Acme 2', iconUrl: '/media/i', channelMentions: 'ADMINS' as const };
    const workspace = { __typename: 'WorkspaceSnapshot' as const, id: workspaceId, ...changed };
    fixture.apply(event('WorkspaceUpdated', 22, { workspace }));
    expect(fixture.boot()?.workspace).toMatchObject(changed);
  });
});
