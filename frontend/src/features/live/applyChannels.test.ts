/** What events about channels, readings and people make of the cache. */
import { type ASTNode, parse, print, visit } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import { readMember } from '../member/member';
import { readReading } from '../reading/readingCache';
import { ann, at, EventStage, me, member, sent } from './eventStage';
import { type EventItem, type EventOf, eventsQuery } from './eventsDocument';

let stage: EventStage;

beforeEach(async () => {
  stage = await EventStage.open();
});

describe('channels and readings', () => {
  const created = (id: string, memberIds: string[]): EventItem => ({
    __typename: 'ChannelCreated',
    seq: 20,
    at,
    actorId: ann,
    memberIds,
    channel: { __typename: 'Channel', id, kind: 'PUBLIC', name: 'new', topic: '', createdAt: at },
  });

  it('lists a channel that the viewer is in, and only that', () => {
    stage.apply(created('chn_2', [me, ann]));
    stage.apply(created('chn_3', [ann]));
    expect(stage.boot()?.channels.map(({ id }) => id)).toEqual(['chn_1', 'chn_d', 'chn_2']);
    stage.apply(sent(21, { channelId: 'chn_2' }));
    expect(readReading(stage.client.cache, 'chn_2')?.unreadCount).toBe(1);
  });

  const moved = (
    kind: 'ChannelJoined' | 'ChannelLeft',
    seq: number,
    memberId: string,
    id = 'chn_1',
  ) => {
    const channel = { id, kind: 'PUBLIC' as const, name: id, topic: '', createdAt: at };
    const common = { seq, at, actorId: ann, memberId };
    stage.apply(
      kind === 'ChannelLeft'
        ? { __typename: kind, ...common, channelId: id }
        : { __typename: kind, ...common, channel: { __typename: 'Channel', ...channel } },
    );
  };

  it('never adds to a count that a page may have read after the event', () => {
    moved('ChannelJoined', 20, 'mem_bo');
    moved('ChannelLeft', 21, 'mem_cy');
    expect(stage.boot()?.channels[0]?.memberCount).toBe(2);
    expect(stage.stale).toEqual(['members of chn_1', 'members of chn_1']);
  });

  it('keeps who came and went for the list, each once', () => {
    for (const seq of [20, 20]) moved('ChannelJoined', seq, 'mem_bo');
    moved('ChannelLeft', 21, 'mem_bo');
    const moves = stage.timelines.movesOf('chn_1');
    expect(moves.map(({ seq, kind, memberId }) => [seq, kind, memberId])).toEqual([
      [20, 'came', 'mem_bo'],
      [21, 'went', 'mem_bo'],
    ]);
  });

  it('counts nobody again whom boot has counted, as after a lost connection', () => {
    stage.countedTo = 30;
    moved('ChannelJoined', 20, 'mem_bo');
    moved('ChannelLeft', 21, 'mem_cy');
    stage.apply({
      __typename: 'MemberJoined',
      seq: 22,
      at,
      actorId: ann,
      member: member('mem_bo'),
    });
    stage.apply({ __typename: 'MemberLeft', seq: 23, at, actorId: ann, memberId: 'mem_cy' });
    stage.apply({
      __typename: 'MemberJoined',
      seq: 24,
      at,
      actorId: ann,
      member: member('mem_di'),
    });
    expect(stage.boot()?.channels[0]?.memberCount).toBe(2);
    expect(stage.boot()?.workspace.memberCount).toBe(2);
    expect(stage.stale).toEqual([]);
  });

  it('forgets a private channel that the viewer was taken out of', () => {
    stage.client.cache.modify({ id: 'Channel:chn_1', fields: { kind: () => 'PRIVATE' } });
    moved('ChannelLeft', 20, me);
    expect(Object.keys(stage.client.cache.extract() as object)).not.toContain('Channel:chn_1');
    expect(stage.boot()?.channels.map(({ id }) => id)).toEqual(['chn_d']);
  });

  it('takes a channel off the list when the viewer leaves', () => {
    stage.apply({
      __typename: 'ChannelLeft',
      seq: 20,
      at,
      actorId: ann,
      channelId: 'chn_1',
      memberId: me,
    });
    expect(stage.boot()?.channels.map(({ id }) => id)).toEqual(['chn_d']);
    expect(stage.timelines.get('chn_1')).toEqual([]);
  });

  it('takes over a reading of another device, but not an older one', () => {
    const reading = (lastReadSeq: number, epoch: number): EventItem => ({
      __typename: 'ReadingChanged',
      channelId: 'chn_1',
      privateRev: 2,
      unreadNotifications: 7,
      countedSeq: 9,
      reading: { __typename: 'Reading', lastReadSeq, epoch, unreadCount: 4, mentionCount: 1 },
    });
    stage.apply(reading(3, 0));
    expect(readReading(stage.client.cache, 'chn_1')?.unreadCount).toBe(0);
    stage.apply(reading(3, 1));
    expect(readReading(stage.client.cache, 'chn_1')).toMatchObject({ unreadCount: 4, epoch: 1 });
    expect(stage.boot()?.unreadNotifications).toBe(7);
  });

  it('knows who came, changed and went', () => {
    stage.apply({
      __typename: 'MemberJoined',
      seq: 20,
      at,
      actorId: ann,
      member: member('mem_bo'),
    });
    expect(stage.boot()?.workspace.memberCount).toBe(3);
    stage.apply({
      __typename: 'MemberUpdated',
      seq: 21,
      at,
      actorId: ann,
      member: { ...member(me), name: 'New name' },
    });
    expect(stage.boot()?.me.name).toBe('New name');
  });
});

describe('MemberJoined', () => {
  it('makes a newcomer known whose type the event does not say', () => {
    const { __typename, ...bare } = member('mem_bo');
    const bo = bare as EventOf<'MemberJoined'>['member'];
    stage.apply({ __typename: 'MemberJoined', seq: 6, at, actorId: 'mem_bo', member: bo });
    expect(readMember(stage.client, 'mem_bo')).toMatchObject({ name: 'mem_bo', avatarUrl: null });
  });

  it('is asked for with the types of all that it carries', () => {
    const bare: string[] = [];
    visit(parse(eventsQuery), {
      SelectionSet(node, _key, parent) {
        const named = node.selections.some(
          (one) => one.kind === 'Field' && one.name.value === '__typename',
        );
        if ((parent as ASTNode).kind === 'Field' && !named) bare.push(print(node));
      },
    });
    expect(bare).toEqual([]);
  });
});
