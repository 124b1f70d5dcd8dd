/** What events about messages make of the cache and the timelines. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '../message/message';
import { changeMessage } from '../message/messageCache';
import { readReading } from '../reading/readingCache';
import { ann, at, deleted, EventStage, edited, me, sent } from './eventStage';
import type { EventItem } from './eventsDocument';

let stage: EventStage;

beforeEach(async () => {
  stage = await EventStage.open();
});

const thread = (replyCount: number): NonNullable<Message['thread']> => ({
  __typename: 'Thread',
  id: 'msg_6',
  replyCount,
  lastReplyAt: at,
  participants: [],
});

const reacted = (kind: 'ReactionAdded' | 'ReactionRemoved', actorId: string): EventItem => ({
  __typename: kind,
  seq: 91,
  at,
  actorId,
  messageId: 'msg_6',
  channelId: 'chn_1',
  emoji: '👍',
});

describe('MessageSent', () => {
  it('appends in order and each message once', () => {
    for (const seq of [6, 7, 7]) stage.apply(sent(seq));
    expect(stage.shown('chn_1')).toEqual([6, 7]);
    expect(stage.message('msg_7')?.text).toBe('text 7');
    expect(stage.arrived).toEqual(['msg_6', 'msg_7', 'msg_7']);
  });

  it('leaves a message alone that a page has brought in a newer state', () => {
    stage.apply(sent(6));
    stage.apply(edited('msg_6', 'newer'));
    stage.apply(sent(6));
    expect(stage.message('msg_6')?.text).toBe('newer');
  });

  it('counts unread messages and mentions of others', () => {
    stage.apply(sent(6));
    stage.apply(sent(7, { mentionedIds: [me] }));
    stage.apply(sent(8, { mentionsChannel: true }));
    stage.apply(sent(9, { authorId: me }));
    stage.apply(sent(10, { threadId: 'msg_6' }));
    expect(readReading(stage.client.cache, 'chn_1')).toMatchObject({
      unreadCount: 3,
      mentionCount: 2,
    });
    stage.apply(sent(11, { threadId: 'msg_6', mentionedIds: [me] }));
    expect(readReading(stage.client.cache, 'chn_1')).toMatchObject({
      unreadCount: 3,
      mentionCount: 3,
    });
    expect(stage.boot()?.channels[0]?.reading?.unreadCount).toBe(3);
  });

  it('counts nothing that boot has counted or that is read', () => {
    stage.countedTo = 7;
    stage.apply(sent(6));
    stage.apply(sent(7));
    stage.apply(sent(8));
    expect(readReading(stage.client.cache, 'chn_1')?.unreadCount).toBe(1);
  });

  it('puts a reply into its thread and under its root', () => {
    stage.apply(sent(6));
    stage.apply(sent(7, { threadId: 'msg_6' }));
    stage.apply(sent(8, { threadId: 'msg_6', authorId: me }));
    expect(stage.shown('chn_1')).toEqual([6]);
    expect(stage.shown('msg_6')).toEqual([7, 8]);
    expect(stage.message('msg_6')?.thread).toMatchObject({ replyCount: 2 });
    expect(stage.message('msg_6')?.thread?.participants.map(({ id }) => id)).toEqual([ann, me]);
  });

  it('does not count a reply twice that the root came with', () => {
    stage.apply(sent(6));
    changeMessage(stage.client.cache, 'msg_6', (root) => ({ ...root, thread: thread(2) }));
    stage.apply(sent(7, { threadId: 'msg_6', createdAt: at }));
    expect(stage.message('msg_6')?.thread?.replyCount).toBe(2);
  });

  it('counts replies of one moment each', () => {
    stage.apply(sent(6));
    for (const seq of [7, 8, 9]) stage.apply(sent(seq, { threadId: 'msg_6', createdAt: at }));
    expect(stage.message('msg_6')?.thread?.replyCount).toBe(3);
  });
});

describe('changes of messages', () => {
  it('counts a deleted reply no longer, once', () => {
    stage.apply(sent(6));
    for (const seq of [7, 8]) stage.apply(sent(seq, { threadId: 'msg_6' }));
    stage.apply(deleted(9, 'msg_7', { threadId: 'msg_6' }));
    stage.apply(deleted(9, 'msg_7', { threadId: 'msg_6' }));
    expect(stage.message('msg_6')?.thread?.replyCount).toBe(1);
  });

  it('takes what was deleted or no longer mentions off the counts', () => {
    stage.apply(sent(6));
    stage.apply(sent(7, { mentionedIds: [me] }));
    stage.apply(sent(8));
    stage.apply(edited('msg_7', 'nobody', { seq: 7 }));
    expect(readReading(stage.client.cache, 'chn_1')).toMatchObject({
      unreadCount: 3,
      mentionCount: 0,
    });
    stage.apply(edited('msg_8', 'you', { seq: 8, mentionedIds: [me] }));
    expect(readReading(stage.client.cache, 'chn_1')).toMatchObject({
      unreadCount: 3,
      mentionCount: 1,
    });
    stage.apply(deleted(11, 'msg_8', { seq: 8 }));
    expect(readReading(stage.client.cache, 'chn_1')).toMatchObject({
      unreadCount: 2,
      mentionCount: 0,
    });
  });

  it('asks again whether a message was a mention that it has not seen', () => {
    stage.apply(deleted(90, 'msg_77', { seq: 77 }));
    stage.apply(edited('msg_78', 'x', { seq: 78 }));
    expect(stage.stale).toEqual([
      'reading of chn_1',
      'notifications',
      'reading of chn_1',
      'notifications',
    ]);
    stage.stale = [];
    // Read already, one's own, known, and counted by boot.
    stage.apply(deleted(90, 'msg_3', { seq: 3 }));
    stage.apply(deleted(90, 'msg_79', { seq: 79, authorId: me }));
    stage.apply(sent(80));
    stage.apply(deleted(91, 'msg_80', { seq: 80 }));
    stage.countedTo = 95;
    stage.apply(deleted(92, 'msg_81', { seq: 81 }));
    expect(stage.stale.filter((one) => one !== 'notifications')).toEqual([]);
  });

  it('ignores an edit of a message that is not known', () => {
    stage.apply(edited('msg_77', 'x'));
    expect(stage.message('msg_77')).toBeNull();
  });

  it('blanks a deleted message and keeps its place', () => {
    stage.apply(sent(6));
    stage.apply(reacted('ReactionAdded', ann));
    stage.apply(deleted(9, 'msg_6'));
    stage.apply(edited('msg_6', 'too late'));
    expect(stage.message('msg_6')).toMatchObject({ text: '', deletedAt: at, reactions: [] });
    expect(stage.shown('chn_1')).toEqual([6]);
  });

  it('counts a reaction once per person', () => {
    stage.apply(sent(6));
    for (const actor of [ann, ann, me]) stage.apply(reacted('ReactionAdded', actor));
    expect(stage.message('msg_6')?.reactions).toMatchObject([{ count: 2, viewerReacted: true }]);
    for (const actor of [me, me]) stage.apply(reacted('ReactionRemoved', actor));
    expect(stage.message('msg_6')?.reactions).toMatchObject([{ count: 1, viewerReacted: false }]);
    stage.apply(reacted('ReactionRemoved', ann));
    expect(stage.message('msg_6')?.reactions).toEqual([]);
  });
});
