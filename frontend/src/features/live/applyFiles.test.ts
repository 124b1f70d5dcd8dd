/** Applies file, emoji and workspace events. */
import { beforeEach, describe, expect, it } from 'vitest';
import { fileOfEvent, writeFile } from '../file/fileCache';
import { readMessage } from '../message/messageCache';
import { ann, at, EventFixture, sent, workspaceId } from './eventFixture';
import type { EventOf } from './eventsDocument';

let fixture: EventFixture;

beforeEach(async () => {
  fixture = await EventFixture.open();
});

describe('files and emoji', () => {
  type EventFile = EventOf<'FileUpdated'>['file'];
  const file = (over: Partial<EventFile> = {}): EventFile => ({ ...whole, ...over });
  const whole: EventFile = {
    __typename: 'FileSnapshot',
    id: 'fil_1',
    name: 'kite.png',
    type: 'image/png',
    kind: 'PICTURE',
    size: 1000,
    status: 'PROCESSING',
    isVoice: false,
    isAnimated: false,
    alt: null,
    width: 400,
    height: 300,
    durationMs: null,
    thumbhash: null,
    waveform: null,
    url: '/media/a',
    downloadUrl: '/media/a?download',
    previews: [],
    uploaderId: ann,
    channelId: 'chn_1',
    messageId: 'msg_20',
    createdAt: at,
    isRemoved: false,
  };
  const shown = (id: string) => readMessage(fixture.client.cache, id)?.files;
  const preview: EventFile['previews'][number] = {
    __typename: 'FilePreview',
    size: 'SMALL',
    url: '/media/s',
    width: 360,
    height: 270,
  };

  it('applies file updates and keeps them on older responses', () => {
    fixture.apply(sent(20, { files: [file()] }));
    expect(shown('msg_20')).toMatchObject([{ status: 'PROCESSING', previews: [] }]);
    const ready = file({ status: 'READY', thumbhash: 'abc', previews: [preview], alt: 'A kite' });
    fixture.apply({ __typename: 'FileUpdated', seq: 21, at, actorId: ann, file: ready });
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
    fixture.apply({ __typename: 'FileRemoved', seq: 21, at, actorId: ann, fileId: 'fil_1' });
    const cleared = { name: '', size: 0, alt: null, thumbhash: null, waveform: null, previews: [] };
    expect(shown('msg_20')).toMatchObject([{ ...cleared, removedAt: at }]);
    fixture.apply({ __typename: 'FileUpdated', seq: 20, at, actorId: ann, file: file() });
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
    fixture.apply({ __typename: 'EmojiCreated', seq: 20, at, actorId: ann, created: emoji });
    fixture.apply({ __typename: 'EmojiCreated', seq: 20, at, actorId: ann, created: emoji });
    expect(fixture.boot()?.workspace.emoji.map(({ name }) => name)).toEqual(['ship_it']);
    fixture.apply({ __typename: 'EmojiDeleted', seq: 21, at, actorId: ann, emojiId: 'emo_1' });
    expect(fixture.boot()?.workspace.emoji).toEqual([]);
    fixture.apply({
      __typename: 'WorkspaceUpdated',
      seq: 22,
      at,
      actorId: ann,
      workspace: {
        ...{
          __typename: 'WorkspaceSnapshot',
          id: workspaceId,
          name: 'Acme 2',
          iconUrl: '/media/i',
        },
        channelMentions: 'ADMINS',
      },
    });
    expect(fixture.boot()?.workspace).toMatchObject({
      ...{ name: 'Acme 2', iconUrl: '/media/i', channelMentions: 'ADMINS' },
    });
  });
});
