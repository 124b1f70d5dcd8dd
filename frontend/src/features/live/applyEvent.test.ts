import { ApolloClient, ApolloLink } from '@apollo/client';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../apollo/cache';
import type { BootQuery } from '../../gql/graphql';
import { readMessage } from '../message/messageCache';
import { Timelines } from '../message/timelines';
import { readReading } from '../reading/readingCache';
import { BOOT } from '../workspace/boot';
import { applyEvent, type EventContext } from './applyEvent';
import type { EventItem, EventOf } from './eventsDocument';

const workspaceId = 'wks_1';
const me = 'mem_me';
const ann = 'mem_ann';
const at = '2026-01-01T00:00:00.000Z';

let client: ApolloClient;
let timelines: Timelines;
let context: EventContext;
let arrived: string[];
let countedTo: number;

const member = (id: string) => ({
  __typename: 'Member' as const,
  id,
  handle: id.slice(4),
  name: id,
  role: 'MEMBER' as const,
  active: true,
  joinedAt: at,
});

function channel(id: string, kind: 'PUBLIC' | 'DIRECT'): BootQuery['boot']['channels'][number] {
  return {
    __typename: 'Channel',
    id,
    kind,
    name: kind === 'DIRECT' ? null : id,
    topic: '',
    createdAt: at,
    memberCount: 2,
    viewerIsMember: true,
    directMembers: kind === 'DIRECT' ? [member(me), member(ann)] : [],
    reading: { __typename: 'Reading', lastReadSeq: 5, epoch: 0, unreadCount: 0, mentionCount: 0 },
  };
}

beforeEach(async () => {
  client = new ApolloClient({ cache: createCache(), link: ApolloLink.empty() });
  client.cache.writeQuery({
    query: BOOT,
    variables: { workspaceId },
    data: {
      __typename: 'Query',
      boot: {
        __typename: 'Boot',
        workspace: { __typename: 'Workspace', id: workspaceId, name: 'Acme', memberCount: 2 },
        me: member(me),
        channels: [channel('chn_1', 'PUBLIC'), channel('chn_d', 'DIRECT')],
        seq: 5,
        privateRev: 1,
        unreadNotifications: 0,
      },
    },
  });
  timelines = new Timelines();
  for (const key of ['chn_1', 'chn_d', 'msg_6']) {
    const page = {
      entries: [],
      startCursor: null,
      endCursor: null,
      hasPrevious: false,
      hasNext: false,
    };
    await timelines.load(key, async () => page);
  }
  arrived = [];
  countedTo = 5;
  context = {
    client,
    workspaceId,
    meId: me,
    timelines,
    onMessage: (message) => arrived.push(message.id),
    onMyChannel: () => {},
    onNotification: () => {},
  };
});

const apply = (item: EventItem) => applyEvent(item, context, { countedTo });

type Sent = EventOf<'MessageSent'>['message'];

function sent(seq: number, over: Partial<Sent> = {}): EventItem {
  const message: Sent = {
    __typename: 'Message',
    id: `msg_${seq}`,
    seq,
    channelId: 'chn_1',
    authorId: ann,
    threadId: null,
    text: `text ${seq}`,
    mentionedIds: [],
    mentionsChannel: false,
    createdAt: new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString(),
    editedAt: null,
    deletedAt: null,
    ...over,
  };
  return { __typename: 'MessageSent', seq, at, actorId: message.authorId, message };
}

function edited(id: string, text: string): EventItem {
  return {
    __typename: 'MessageEdited',
    seq: 90,
    at,
    actorId: ann,
    message: {
      __typename: 'Message',
      id,
      channelId: 'chn_1',
      authorId: ann,
      threadId: null,
      text,
      mentionedIds: [],
      mentionsChannel: false,
      editedAt: at,
    },
  };
}

const reacted = (kind: 'ReactionAdded' | 'ReactionRemoved', actorId: string): EventItem => ({
  __typename: kind,
  seq: 91,
  at,
  actorId,
  messageId: 'msg_6',
  channelId: 'chn_1',
  emoji: '👍',
});

const boot = () => client.cache.readQuery({ query: BOOT, variables: { workspaceId } })?.boot;
const shown = (key: string) => timelines.get(key)[0]?.entries.map((entry) => entry.seq);
const message = (id: string) => readMessage(client.cache, id);

describe('MessageSent', () => {
  it('appends in order and each message once', () => {
    for (const seq of [6, 7, 7]) apply(sent(seq));
    expect(shown('chn_1')).toEqual([6, 7]);
    expect(message('msg_7')?.text).toBe('text 7');
    expect(arrived).toEqual(['msg_6', 'msg_7', 'msg_7']);
  });

  it('leaves a message alone that a page has brought in a newer state', () => {
    apply(sent(6));
    apply(edited('msg_6', 'newer'));
    apply(sent(6));
    expect(message('msg_6')?.text).toBe('newer');
  });

  it('counts unread messages and mentions of others', () => {
    apply(sent(6));
    apply(sent(7, { mentionedIds: [me] }));
    apply(sent(8, { mentionsChannel: true }));
    apply(sent(9, { authorId: me }));
    apply(sent(10, { threadId: 'msg_6' }));
    expect(readReading(client.cache, 'chn_1')).toMatchObject({ unreadCount: 3, mentionCount: 2 });
    expect(boot()?.channels[0]?.reading?.unreadCount).toBe(3);
  });

  it('counts nothing that boot has counted or that is read', () => {
    countedTo = 7;
    apply(sent(6));
    apply(sent(7));
    apply(sent(8));
    expect(readReading(client.cache, 'chn_1')?.unreadCount).toBe(1);
  });

  it('puts a reply into its thread and under its root', () => {
    apply(sent(6));
    apply(sent(7, { threadId: 'msg_6' }));
    apply(sent(8, { threadId: 'msg_6', authorId: me }));
    expect(shown('chn_1')).toEqual([6]);
    expect(shown('msg_6')).toEqual([7, 8]);
    expect(message('msg_6')?.thread).toMatchObject({ replyCount: 2 });
    expect(message('msg_6')?.thread?.participants.map(({ id }) => id)).toEqual([ann, me]);
  });

  it('does not count a reply twice that the root came with', () => {
    apply(sent(6));
    apply(sent(7, { threadId: 'msg_6' }));
    apply(sent(7, { threadId: 'msg_6' }));
    expect(message('msg_6')?.thread?.replyCount).toBe(1);
  });
});

describe('changes of messages', () => {
  it('ignores an edit of a message that is not known', () => {
    apply(edited('msg_77', 'x'));
    expect(message('msg_77')).toBeNull();
  });

  it('blanks a deleted message and keeps its place', () => {
    apply(sent(6));
    apply(reacted('ReactionAdded', ann));
    apply({
      __typename: 'MessageDeleted',
      seq: 9,
      at,
      actorId: ann,
      message: {
        __typename: 'Message',
        id: 'msg_6',
        channelId: 'chn_1',
        authorId: ann,
        threadId: null,
        text: '',
        deletedAt: at,
      },
    });
    apply(edited('msg_6', 'too late'));
    expect(message('msg_6')).toMatchObject({ text: '', deletedAt: at, reactions: [] });
    expect(shown('chn_1')).toEqual([6]);
  });

  it('counts a reaction once per person', () => {
    apply(sent(6));
    for (const actor of [ann, ann, me]) apply(reacted('ReactionAdded', actor));
    expect(message('msg_6')?.reactions).toMatchObject([{ count: 2, viewerReacted: true }]);
    for (const actor of [me, me]) apply(reacted('ReactionRemoved', actor));
    expect(message('msg_6')?.reactions).toMatchObject([{ count: 1, viewerReacted: false }]);
    apply(reacted('ReactionRemoved', ann));
    expect(message('msg_6')?.reactions).toEqual([]);
  });
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
    apply(created('chn_2', [me, ann]));
    apply(created('chn_3', [ann]));
    expect(boot()?.channels.map(({ id }) => id)).toEqual(['chn_1', 'chn_d', 'chn_2']);
    apply(sent(21, { channelId: 'chn_2' }));
    expect(readReading(client.cache, 'chn_2')?.unreadCount).toBe(1);
  });

  it('takes a channel off the list when the viewer leaves', () => {
    apply({
      __typename: 'ChannelLeft',
      seq: 20,
      at,
      actorId: ann,
      channelId: 'chn_1',
      memberId: me,
    });
    expect(boot()?.channels.map(({ id }) => id)).toEqual(['chn_d']);
    expect(timelines.get('chn_1')).toEqual([]);
  });

  it('takes over a reading of another device, but not an older one', () => {
    const reading = (lastReadSeq: number, epoch: number): EventItem => ({
      __typename: 'ReadingChanged',
      channelId: 'chn_1',
      privateRev: 2,
      reading: { __typename: 'Reading', lastReadSeq, epoch, unreadCount: 4, mentionCount: 1 },
    });
    apply(reading(3, 0));
    expect(readReading(client.cache, 'chn_1')?.unreadCount).toBe(0);
    apply(reading(3, 1));
    expect(readReading(client.cache, 'chn_1')).toMatchObject({ unreadCount: 4, epoch: 1 });
  });

  it('knows who came, changed and went', () => {
    apply({ __typename: 'MemberJoined', seq: 20, at, actorId: ann, member: member('mem_bo') });
    expect(boot()?.workspace.memberCount).toBe(3);
    apply({
      __typename: 'MemberUpdated',
      seq: 21,
      at,
      actorId: ann,
      member: { ...member(me), name: 'New name' },
    });
    expect(boot()?.me.name).toBe('New name');
  });
});
