/** Applies message events to the cache and the timelines. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../message/message';
import { changeMessage } from '../message/messageCache';
import { readReadState } from '../read_state/readStateCache';
import { ann, at, deleted, EventFixture, edited, me, sent } from './eventFixture';
import type { EventItem } from './eventsDocument';

let fixture: EventFixture;

beforeEach(async () => {
  fixture = await EventFixture.open();
});

const thread = (replyCount: number): NonNullable<Message['thread']> => ({
  __typename: 'Thread',
  id: 'thr_6',
  replyCount,
  lastReplyAt: at,
  participants: [],
});

const reacted = (kind: 'ReactionAdded' | 'ReactionRemoved', actorId: string): EventItem => ({
  ...{ __typename: kind, seq: 91, at, actorId },
  ...{ messageId: 'msg_6', channelId: 'chn_1', emoji: '👍' },
});

const counts = () => {
  const { unreadCount, mentionCount } = readReadState(fixture.client.cache, 'chn_1') ?? {};
  return [unreadCount, mentionCount];
};

describe('MessageSent', () => {
  it('appends each message once, in order', () => {
    for (const seq of [6, 7, 7]) fixture.apply(sent(seq));
    expect(fixture.shown('chn_1')).toEqual([6, 7]);
    expect(fixture.message('msg_7')?.text).toBe('text 7');
    expect(fixture.arrived).toEqual(['msg_6', 'msg_7', 'msg_7']);
  });

  it('does not overwrite a newer state of a message', () => {
    fixture.apply(sent(6));
    fixture.apply(edited('msg_6', 'newer'));
    fixture.apply(sent(6));
    expect(fixture.message('msg_6')?.text).toBe('newer');
  });

  it('counts unread messages and mentions by other members', () => {
    fixture.apply(sent(6));
    fixture.apply(sent(7, { mentionedIds: [me] }));
    fixture.apply(sent(8, { mentionsChannel: true }));
    fixture.apply(sent(9, { authorId: me }));
    fixture.apply(sent(10, { rootId: 'msg_6' }));
    expect(counts()).toEqual([3, 2]);
    fixture.apply(sent(11, { rootId: 'msg_6', mentionedIds: [me] }));
    expect(counts()).toEqual([3, 3]);
    expect(fixture.boot()?.channels[0]?.readState?.unreadCount).toBe(3);
  });

  it('ignores messages that boot has counted or that are read', () => {
    fixture.countedTo = 7;
    fixture.apply(sent(6));
    fixture.apply(sent(7));
    fixture.apply(sent(8));
    expect(counts()).toEqual([1, 0]);
  });

  it('adds a reply to its thread and the summary of its root', () => {
    fixture.apply(sent(6));
    fixture.apply(sent(7, { rootId: 'msg_6' }));
    fixture.apply(sent(8, { rootId: 'msg_6', authorId: me }));
    expect(fixture.shown('chn_1')).toEqual([6]);
    expect(fixture.shown('msg_6')).toEqual([7, 8]);
    expect(fixture.message('msg_6')?.thread).toMatchObject({ replyCount: 2 });
    expect(fixture.message('msg_6')?.thread?.participants.map(({ id }) => id)).toEqual([ann, me]);
  });

  it('does not count a reply twice if the root already includes it', () => {
    fixture.apply(sent(6));
    changeMessage(fixture.client.cache, 'msg_6', (root) => ({ ...root, thread: thread(2) }));
    fixture.apply(sent(7, { rootId: 'msg_6', createdAt: at }));
    expect(fixture.message('msg_6')?.thread?.replyCount).toBe(2);
  });

  it('counts replies with equal timestamps separately', () => {
    fixture.apply(sent(6));
    for (const seq of [7, 8, 9]) fixture.apply(sent(seq, { rootId: 'msg_6', createdAt: at }));
    expect(fixture.message('msg_6')?.thread?.replyCount).toBe(3);
  });
});

describe('message changes', () => {
  it('decreases the reply count once per deleted reply', () => {
    fixture.apply(sent(6));
    for (const seq of [7, 8]) fixture.apply(sent(seq, { rootId: 'msg_6' }));
    fixture.apply(deleted(9, 'msg_7', { rootId: 'msg_6' }));
    fixture.apply(deleted(9, 'msg_7', { rootId: 'msg_6' }));
    expect(fixture.message('msg_6')?.thread?.replyCount).toBe(1);
  });

  it('decreases counts on deletions and removed mentions', () => {
    fixture.apply(sent(6));
    fixture.apply(sent(7, { mentionedIds: [me] }));
    fixture.apply(sent(8));
    fixture.apply(edited('msg_7', 'nobody', { seq: 7 }));
    expect(counts()).toEqual([3, 0]);
    fixture.apply(edited('msg_8', 'you', { seq: 8, mentionedIds: [me] }));
    expect(counts()).toEqual([3, 1]);
    fixture.apply(deleted(11, 'msg_8', { seq: 8 }));
    expect(counts()).toEqual([2, 0]);
  });

  it('marks counts as stale for messages that are not loaded', () => {
    fixture.apply(deleted(90, 'msg_77', { seq: 77 }));
    fixture.apply(edited('msg_78', 'x', { seq: 78 }));
    expect(fixture.stale).toEqual([
      'reading of chn_1',
      'notifications',
      'reading of chn_1',
      'notifications',
    ]);
    fixture.stale = [];
    // Read, own, loaded, and counted by boot.
    fixture.apply(deleted(90, 'msg_3', { seq: 3 }));
    fixture.apply(deleted(90, 'msg_79', { seq: 79, authorId: me }));
    fixture.apply(sent(80));
    fixture.apply(deleted(91, 'msg_80', { seq: 80 }));
    fixture.countedTo = 95;
    fixture.apply(deleted(92, 'msg_81', { seq: 81 }));
    expect(fixture.stale.filter((one) => one !== 'notifications')).toEqual([]);
  });

  it('ignores edits of unknown messages', () => {
    fixture.apply(edited('msg_77', 'x'));
    expect(fixture.message('msg_77')).toBeNull();
  });

  it('clears a deleted message and keeps its position', () => {
    fixture.apply(sent(6));
    fixture.apply(reacted('ReactionAdded', ann));
    fixture.apply(deleted(9, 'msg_6'));
    fixture.apply(edited('msg_6', 'too late'));
    expect(fixture.message('msg_6')).toMatchObject({ text: '', deletedAt: at, reactions: [] });
    expect(fixture.shown('chn_1')).toEqual([6]);
  });

  it('counts a reaction once per member', () => {
    fixture.apply(sent(6));
    for (const actor of [ann, ann, me]) fixture.apply(reacted('ReactionAdded', actor));
    expect(fixture.message('msg_6')?.reactions).toMatchObject([{ count: 2, viewerReacted: true }]);
    for (const actor of [me, me]) fixture.apply(reacted('ReactionRemoved', actor));
    expect(fixture.message('msg_6')?.reactions).toMatchObject([{ count: 1, viewerReacted: false }]);
    fixture.apply(reacted('ReactionRemoved', ann));
    expect(fixture.message('msg_6')?.reactions).toEqual([]);
  });
});
