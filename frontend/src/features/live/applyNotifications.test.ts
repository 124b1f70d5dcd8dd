/** Events and signals update the unread notification count. */
import { beforeEach, describe, expect, it } from 'vitest';
import { deleted, EventFixture, edited, me, sent } from './eventFixture';
import type { EventItem } from './eventsDocument';

let fixture: EventFixture;

beforeEach(async () => {
  fixture = await EventFixture.open();
});

describe('notifications', () => {
  const counted = (count: number, countedSeq: number, privateRev = 2): EventItem => ({
    __typename: 'NotificationsChanged',
    privateRev,
    unreadNotifications: count,
    countedSeq,
  });
  const shown = () => fixture.boot()?.unreadNotifications;

  it('counts each channel mention by another member once, consistently with the server', () => {
    fixture.apply(sent(6, { mentionsChannel: true }));
    fixture.apply(sent(6, { mentionsChannel: true }));
    fixture.apply(sent(7, { mentionsChannel: true, authorId: me }));
    expect(shown()).toBe(1);
    // Counted before 8 was sent, and after.
    fixture.apply(sent(8, { mentionsChannel: true }));
    fixture.apply(counted(1, 7));
    expect(shown()).toBe(2);
    fixture.apply(counted(2, 8));
    expect(shown()).toBe(2);
    // A count that arrives before the event it includes.
    fixture.apply(counted(3, 9));
    fixture.apply(sent(9, { mentionsChannel: true }));
    expect(shown()).toBe(3);
  });

  it('ignores outdated counts', () => {
    fixture.apply(counted(5, 9));
    fixture.apply(counted(4, 8));
    fixture.apply(counted(3, 9, 0));
    expect(shown()).toBe(5);
  });

  it('refetches only when a channel mention is added or removed', () => {
    fixture.apply(sent(6));
    fixture.apply(sent(7, { mentionsChannel: true }));
    fixture.apply(edited('msg_6', 'same'));
    fixture.apply(edited('msg_7', 'same', { seq: 7, mentionsChannel: true }));
    fixture.apply(deleted(10, 'msg_6'));
    expect(fixture.stale).toEqual([]);
    fixture.apply(edited('msg_7', 'gone', { seq: 7 }));
    expect(fixture.stale).toEqual(['notifications']);
    fixture.apply(edited('msg_7', 'again', { seq: 7, mentionsChannel: true }));
    fixture.apply(deleted(11, 'msg_7', { seq: 7 }));
    expect(fixture.stale).toEqual(['notifications', 'notifications', 'notifications']);
  });
});
