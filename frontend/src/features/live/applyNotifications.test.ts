/** How events and signals carry on the count of unread notifications. */
import { beforeEach, describe, expect, it } from 'vitest';
import { deleted, EventStage, edited, me, sent } from './eventStage';
import type { EventItem } from './eventsDocument';

let stage: EventStage;

beforeEach(async () => {
  stage = await EventStage.open();
});

describe('notifications', () => {
  const counted = (count: number, countedSeq: number, privateRev = 2): EventItem => ({
    __typename: 'NotificationsChanged',
    privateRev,
    unreadNotifications: count,
    countedSeq,
  });
  const shown = () => stage.boot()?.unreadNotifications;

  it('counts a message of others that mentions a channel, once, and as the server has counted it', () => {
    stage.apply(sent(6, { mentionsChannel: true }));
    stage.apply(sent(6, { mentionsChannel: true }));
    stage.apply(sent(7, { mentionsChannel: true, authorId: me }));
    expect(shown()).toBe(1);
    // Counted before 8 was sent, and after.
    stage.apply(sent(8, { mentionsChannel: true }));
    stage.apply(counted(1, 7));
    expect(shown()).toBe(2);
    stage.apply(counted(2, 8));
    expect(shown()).toBe(2);
    // A count that comes before the event that it contains.
    stage.apply(counted(3, 9));
    stage.apply(sent(9, { mentionsChannel: true }));
    expect(shown()).toBe(3);
  });

  it('passes over a count that is older than what is shown', () => {
    stage.apply(counted(5, 9));
    stage.apply(counted(4, 8));
    stage.apply(counted(3, 9, 0));
    expect(shown()).toBe(5);
  });

  it('asks again when a mention of a channel goes or comes, and only then', () => {
    stage.apply(sent(6));
    stage.apply(sent(7, { mentionsChannel: true }));
    stage.apply(edited('msg_6', 'same'));
    stage.apply(edited('msg_7', 'same', { seq: 7, mentionsChannel: true }));
    stage.apply(deleted(10, 'msg_6'));
    expect(stage.stale).toEqual([]);
    stage.apply(edited('msg_7', 'gone', { seq: 7 }));
    expect(stage.stale).toEqual(['notifications']);
    stage.apply(edited('msg_7', 'again', { seq: 7, mentionsChannel: true }));
    stage.apply(deleted(11, 'msg_7', { seq: 7 }));
    expect(stage.stale).toEqual(['notifications', 'notifications', 'notifications']);
  });
});
