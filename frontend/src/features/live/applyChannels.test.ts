/** Applies channel, read-state and member events. */
import { type ASTNode, parse, print, visit } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import { readMember } from '../member/member';
import { readReadState, readStateId } from '../read_state/readStateCache';
import { ann, at, EventFixture, event, me, member, sent } from './eventFixture';
import { type EventItem, type EventOf, eventsQuery } from './eventsDocument';

let fixture: EventFixture;

beforeEach(async () => {
  fixture = await EventFixture.open();
});

describe('channels and read states', () => {
  type EventChannel = EventOf<'ChannelUpdated'>['channel'];
  const channel = (given: Partial<EventChannel> & { id: string }): EventChannel => ({
    ...{ __typename: 'ChannelSnapshot', kind: 'PUBLIC', name: given.id, topic: '', createdAt: at },
    archivedAt: null,
    ...given,
  });
  const created = (id: string, memberIds: string[]) =>
    event('ChannelCreated', 20, { memberIds, channel: channel({ id, name: 'new' }) });

  it('lists only channels of the viewer', () => {
    fixture.apply(created('chn_2', [me, ann]));
    fixture.apply(created('chn_3', [ann]));
    expect(fixture.boot()?.channels.map(({ id }) => id)).toEqual(['chn_1', 'chn_d', 'chn_2']);
    fixture.apply(sent(21, { channelId: 'chn_2' }));
    expect(readReadState(fixture.client.cache, 'chn_2')?.unreadCount).toBe(1);
  });

  const applyMembership = (
    kind: 'ChannelJoined' | 'ChannelLeft',
    seq: number,
    memberId: string,
    id = 'chn_1',
  ) =>
    fixture.apply(
      kind === 'ChannelLeft'
        ? event(kind, seq, { memberId, channelId: id })
        : event(kind, seq, { memberId, channel: channel({ id }) }),
    );

  const updated = (id: string, archivedAt: string | null) =>
    event('ChannelUpdated', 20, {
      channel: channel({ id, name: 'renamed', topic: 'news', archivedAt }),
    });

  it('applies a new name, topic and archived state, and recounts notifications', () => {
    fixture.apply(updated('chn_1', at));
    const [known] = fixture.boot()?.channels ?? [];
    expect(known).toMatchObject({ name: 'renamed', topic: 'news', archivedAt: at, memberCount: 2 });
    expect([fixture.stale, fixture.activityRefreshes]).toEqual([['notifications'], 1]);
    fixture.apply(updated('chn_1', null));
    expect(fixture.boot()?.channels[0]?.archivedAt).toBeNull();
    expect(fixture.activityRefreshes).toBe(2);
  });

  it('recounts nothing after a new name or topic', () => {
    fixture.apply(updated('chn_1', null));
    expect(fixture.boot()?.channels[0]).toMatchObject({ name: 'renamed', topic: 'news' });
    expect([fixture.stale, fixture.activityRefreshes]).toEqual([[], 0]);
  });

  it('ignores updates of channels that are not loaded', () => {
    fixture.apply(updated('chn_9', at));
    expect(Object.keys(fixture.client.cache.extract() as object)).not.toContain('Channel:chn_9');
    expect(fixture.stale).toEqual([]);
  });

  it('marks member counts as stale instead of adding to them', () => {
    applyMembership('ChannelJoined', 20, 'mem_bo');
    applyMembership('ChannelLeft', 21, 'mem_cy');
    expect(fixture.boot()?.channels[0]?.memberCount).toBe(2);
    expect(fixture.stale).toEqual(['members of chn_1', 'members of chn_1']);
  });

  it('records joins and leaves once each', () => {
    for (const seq of [20, 20]) applyMembership('ChannelJoined', seq, 'mem_bo');
    applyMembership('ChannelLeft', 21, 'mem_bo');
    const membershipChanges = fixture.timelines.membershipChangesOf('chn_1');
    expect(membershipChanges.map(({ seq, kind, memberId }) => [seq, kind, memberId])).toEqual([
      [20, 'joined', 'mem_bo'],
      [21, 'left', 'mem_bo'],
    ]);
  });

  it('does not count members again that boot has counted', () => {
    fixture.countedTo = 30;
    applyMembership('ChannelJoined', 20, 'mem_bo');
    applyMembership('ChannelLeft', 21, 'mem_cy');
    fixture.apply(event('MemberJoined', 22, { member: member('mem_bo') }));
    fixture.apply(event('MemberLeft', 23, { memberId: 'mem_cy' }));
    fixture.apply(event('MemberJoined', 24, { member: member('mem_di') }));
    expect(fixture.boot()?.channels[0]?.memberCount).toBe(2);
    expect(fixture.boot()?.workspace.memberCount).toBe(2);
    expect(fixture.stale).toEqual([]);
  });

  it('evicts a private channel when the viewer is removed', () => {
    fixture.client.cache.modify({ id: 'Channel:chn_1', fields: { kind: () => 'PRIVATE' } });
    applyMembership('ChannelLeft', 20, me);
    expect(Object.keys(fixture.client.cache.extract() as object)).not.toContain('Channel:chn_1');
    expect(fixture.boot()?.channels.map(({ id }) => id)).toEqual(['chn_d']);
  });

  it('removes a channel from the list when the viewer leaves', () => {
    applyMembership('ChannelLeft', 20, me);
    expect(fixture.boot()?.channels.map(({ id }) => id)).toEqual(['chn_d']);
    expect(fixture.timelines.get('chn_1')).toEqual([]);
  });

  it('applies a read state of another device unless it is older', () => {
    const readState = (lastReadSeq: number, epoch: number): EventItem => ({
      __typename: 'ReadStateChanged',
      channelId: 'chn_1',
      privateRev: 2,
      unreadNotifications: 7,
      countedSeq: 9,
      readState: {
        ...{ __typename: 'ReadState', id: readStateId('chn_1') },
        ...{ lastReadSeq, epoch, unreadCount: 4, mentionCount: 1 },
      },
    });
    fixture.apply(readState(3, 0));
    expect(readReadState(fixture.client.cache, 'chn_1')?.unreadCount).toBe(0);
    fixture.apply(readState(3, 1));
    expect(readReadState(fixture.client.cache, 'chn_1')).toMatchObject({
      unreadCount: 4,
      epoch: 1,
    });
    expect(fixture.boot()?.unreadNotifications).toBe(7);
  });

  it('applies member joins and updates', () => {
    fixture.apply(event('MemberJoined', 20, { member: member('mem_bo') }));
    expect(fixture.boot()?.workspace.memberCount).toBe(3);
    fixture.apply(event('MemberUpdated', 21, { member: { ...member(me), name: 'New name' } }));
    expect(fixture.boot()?.me.name).toBe('New name');
  });
});

describe('MemberJoined', () => {
  it('caches a new member without __typename in the event', () => {
    const { __typename, ...bare } = member('mem_bo');
    const bo = bare as EventOf<'MemberJoined'>['member'];
    fixture.apply(event('MemberJoined', 6, { member: bo }));
    expect(readMember(fixture.client, 'mem_bo')).toMatchObject({ name: 'mem_bo', avatarUrl: null });
  });

  it('requests __typename for all nested objects', () => {
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
