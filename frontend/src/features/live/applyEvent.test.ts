/** What each event makes of the cache and the timelines. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { type ASTNode, parse, print, visit } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../apollo/cache';
import type { BootQuery } from '../../gql/graphql';
import { writeFile } from '../file/fileCache';
import { readMember } from '../member/member';
import type { Message } from '../message/message';
import { changeMessage, readMessage } from '../message/messageCache';
import { Timelines } from '../message/timelines';
import { UnreadNotifications } from '../notification/unreadNotifications';
import { readReading } from '../reading/readingCache';
import { BOOT } from '../workspace/boot';
import { applyEvent, type EventContext } from './applyEvent';
import { type EventItem, type EventOf, eventsQuery } from './eventsDocument';

const workspaceId = 'wks_1';
const me = 'mem_me';
const ann = 'mem_ann';
const at = '2026-01-01T00:00:00.000Z';

let client: ApolloClient;
let timelines: Timelines;
let context: EventContext;
let arrived: string[];
let countedTo: number;
let stale: string[];
let unread: UnreadNotifications;

const member = (id: string) => ({
  __typename: 'Member' as const,
  id,
  handle: id.slice(4),
  name: id,
  role: 'MEMBER' as const,
  active: true,
  joinedAt: at,
  avatarUrl: null,
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
        workspace: {
          __typename: 'Workspace',
          id: workspaceId,
          name: 'Acme',
          memberCount: 2,
          iconUrl: null,
          channelMentions: 'EVERYONE',
          emoji: [],
        },
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
  stale = [];
  countedTo = 5;
  unread = new UnreadNotifications(client, workspaceId);
  unread.counted(0, 5);
  context = {
    client,
    workspaceId,
    meId: me,
    timelines,
    onMessage: (message) => arrived.push(message.id),
    onMyChannel: () => {},
    onNotification: () => {},
    unread: {
      counted: (count, seq) => unread.counted(count, seq),
      mentioned: (seq) => unread.mentioned(seq),
      refresh: () => stale.push('notifications'),
    },
    onStaleMemberCount: (id) => stale.push(`members of ${id}`),
    onStaleReading: (id) => stale.push(`reading of ${id}`),
  };
});

const apply = (item: EventItem) => applyEvent(item, context, { countedTo, privateRev: 1 });

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
    files: [],
    ...over,
  };
  return { __typename: 'MessageSent', seq, at, actorId: message.authorId, message };
}

type Edited = EventOf<'MessageEdited'>['message'];

function edited(id: string, text: string, over: Partial<Edited> = {}): EventItem {
  const message: Edited = {
    __typename: 'Message',
    id,
    seq: 6,
    channelId: 'chn_1',
    authorId: ann,
    threadId: null,
    text,
    mentionedIds: [],
    mentionsChannel: false,
    editedAt: at,
    ...over,
  };
  return { __typename: 'MessageEdited', seq: 90, at, actorId: ann, message };
}

type Deleted = EventOf<'MessageDeleted'>['message'];

function deleted(seq: number, id: string, over: Partial<Deleted> = {}): EventItem {
  const message: Deleted = {
    __typename: 'Message',
    id,
    seq: 6,
    channelId: 'chn_1',
    authorId: ann,
    threadId: null,
    text: '',
    deletedAt: at,
    ...over,
  };
  return { __typename: 'MessageDeleted', seq, at, actorId: ann, message };
}

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
    apply(sent(11, { threadId: 'msg_6', mentionedIds: [me] }));
    expect(readReading(client.cache, 'chn_1')).toMatchObject({ unreadCount: 3, mentionCount: 3 });
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
    changeMessage(client.cache, 'msg_6', (root) => ({ ...root, thread: thread(2) }));
    apply(sent(7, { threadId: 'msg_6', createdAt: at }));
    expect(message('msg_6')?.thread?.replyCount).toBe(2);
  });

  it('counts replies of one moment each', () => {
    apply(sent(6));
    for (const seq of [7, 8, 9]) apply(sent(seq, { threadId: 'msg_6', createdAt: at }));
    expect(message('msg_6')?.thread?.replyCount).toBe(3);
  });
});

describe('MemberJoined', () => {
  it('makes a newcomer known whose type the event does not say', () => {
    const { __typename, ...bare } = member('mem_bo');
    const bo = bare as EventOf<'MemberJoined'>['member'];
    apply({ __typename: 'MemberJoined', seq: 6, at, actorId: 'mem_bo', member: bo });
    expect(readMember(client, 'mem_bo')).toMatchObject({ name: 'mem_bo', avatarUrl: null });
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

describe('changes of messages', () => {
  it('counts a deleted reply no longer, once', () => {
    apply(sent(6));
    for (const seq of [7, 8]) apply(sent(seq, { threadId: 'msg_6' }));
    apply(deleted(9, 'msg_7', { threadId: 'msg_6' }));
    apply(deleted(9, 'msg_7', { threadId: 'msg_6' }));
    expect(message('msg_6')?.thread?.replyCount).toBe(1);
  });

  it('takes what was deleted or no longer mentions off the counts', () => {
    apply(sent(6));
    apply(sent(7, { mentionedIds: [me] }));
    apply(sent(8));
    apply(edited('msg_7', 'nobody', { seq: 7 }));
    expect(readReading(client.cache, 'chn_1')).toMatchObject({ unreadCount: 3, mentionCount: 0 });
    apply(edited('msg_8', 'you', { seq: 8, mentionedIds: [me] }));
    expect(readReading(client.cache, 'chn_1')).toMatchObject({ unreadCount: 3, mentionCount: 1 });
    apply(deleted(11, 'msg_8', { seq: 8 }));
    expect(readReading(client.cache, 'chn_1')).toMatchObject({ unreadCount: 2, mentionCount: 0 });
  });

  it('asks again whether a message was a mention that it has not seen', () => {
    apply(deleted(90, 'msg_77', { seq: 77 }));
    apply(edited('msg_78', 'x', { seq: 78 }));
    expect(stale).toEqual([
      'reading of chn_1',
      'notifications',
      'reading of chn_1',
      'notifications',
    ]);
    stale = [];
    // Read already, one's own, known, and counted by boot.
    apply(deleted(90, 'msg_3', { seq: 3 }));
    apply(deleted(90, 'msg_79', { seq: 79, authorId: me }));
    apply(sent(80));
    apply(deleted(91, 'msg_80', { seq: 80 }));
    countedTo = 95;
    apply(deleted(92, 'msg_81', { seq: 81 }));
    expect(stale.filter((one) => one !== 'notifications')).toEqual([]);
  });

  it('ignores an edit of a message that is not known', () => {
    apply(edited('msg_77', 'x'));
    expect(message('msg_77')).toBeNull();
  });

  it('blanks a deleted message and keeps its place', () => {
    apply(sent(6));
    apply(reacted('ReactionAdded', ann));
    apply(deleted(9, 'msg_6'));
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

describe('notifications', () => {
  const counted = (count: number, countedSeq: number, privateRev = 2): EventItem => ({
    __typename: 'NotificationsChanged',
    privateRev,
    unreadNotifications: count,
    countedSeq,
  });
  const shown = () => boot()?.unreadNotifications;

  it('counts a message of others that mentions a channel, once, and as the server has counted it', () => {
    apply(sent(6, { mentionsChannel: true }));
    apply(sent(6, { mentionsChannel: true }));
    apply(sent(7, { mentionsChannel: true, authorId: me }));
    expect(shown()).toBe(1);
    // Counted before 8 was sent, and after.
    apply(sent(8, { mentionsChannel: true }));
    apply(counted(1, 7));
    expect(shown()).toBe(2);
    apply(counted(2, 8));
    expect(shown()).toBe(2);
    // A count that comes before the event that it contains.
    apply(counted(3, 9));
    apply(sent(9, { mentionsChannel: true }));
    expect(shown()).toBe(3);
  });

  it('passes over a count that is older than what is shown', () => {
    apply(counted(5, 9));
    apply(counted(4, 8));
    apply(counted(3, 9, 0));
    expect(shown()).toBe(5);
  });

  it('asks again when a mention of a channel goes or comes, and only then', () => {
    apply(sent(6));
    apply(sent(7, { mentionsChannel: true }));
    apply(edited('msg_6', 'same'));
    apply(edited('msg_7', 'same', { seq: 7, mentionsChannel: true }));
    apply(deleted(10, 'msg_6'));
    expect(stale).toEqual([]);
    apply(edited('msg_7', 'gone', { seq: 7 }));
    expect(stale).toEqual(['notifications']);
    apply(edited('msg_7', 'again', { seq: 7, mentionsChannel: true }));
    apply(deleted(11, 'msg_7', { seq: 7 }));
    expect(stale).toEqual(['notifications', 'notifications', 'notifications']);
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

  const moved = (
    kind: 'ChannelJoined' | 'ChannelLeft',
    seq: number,
    memberId: string,
    id = 'chn_1',
  ) => {
    const channel = { id, kind: 'PUBLIC' as const, name: id, topic: '', createdAt: at };
    const common = { seq, at, actorId: ann, memberId };
    apply(
      kind === 'ChannelLeft'
        ? { __typename: kind, ...common, channelId: id }
        : { __typename: kind, ...common, channel: { __typename: 'Channel', ...channel } },
    );
  };

  it('never adds to a count that a page may have read after the event', () => {
    moved('ChannelJoined', 20, 'mem_bo');
    moved('ChannelLeft', 21, 'mem_cy');
    expect(boot()?.channels[0]?.memberCount).toBe(2);
    expect(stale).toEqual(['members of chn_1', 'members of chn_1']);
  });

  it('counts nobody again whom boot has counted, as after a lost connection', () => {
    countedTo = 30;
    moved('ChannelJoined', 20, 'mem_bo');
    moved('ChannelLeft', 21, 'mem_cy');
    apply({ __typename: 'MemberJoined', seq: 22, at, actorId: ann, member: member('mem_bo') });
    apply({ __typename: 'MemberLeft', seq: 23, at, actorId: ann, memberId: 'mem_cy' });
    apply({ __typename: 'MemberJoined', seq: 24, at, actorId: ann, member: member('mem_di') });
    expect(boot()?.channels[0]?.memberCount).toBe(2);
    expect(boot()?.workspace.memberCount).toBe(2);
    expect(stale).toEqual([]);
  });

  it('forgets a private channel that the viewer was taken out of', () => {
    client.cache.modify({ id: 'Channel:chn_1', fields: { kind: () => 'PRIVATE' } });
    moved('ChannelLeft', 20, me);
    expect(Object.keys(client.cache.extract() as object)).not.toContain('Channel:chn_1');
    expect(boot()?.channels.map(({ id }) => id)).toEqual(['chn_d']);
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
      unreadNotifications: 7,
      countedSeq: 9,
      reading: { __typename: 'Reading', lastReadSeq, epoch, unreadCount: 4, mentionCount: 1 },
    });
    apply(reading(3, 0));
    expect(readReading(client.cache, 'chn_1')?.unreadCount).toBe(0);
    apply(reading(3, 1));
    expect(readReading(client.cache, 'chn_1')).toMatchObject({ unreadCount: 4, epoch: 1 });
    expect(boot()?.unreadNotifications).toBe(7);
  });

  type EventFile = EventOf<'FileUpdated'>['file'];
  // An event does not say of what type its parts are.
  const file = (over: Partial<EventFile> = {}) =>
    ({ ...whole, ...over }) as Partial<EventFile> as EventFile;
  const whole: Omit<EventFile, '__typename'> = {
    id: 'fil_1',
    name: 'kite.png',
    type: 'image/png',
    kind: 'PICTURE',
    size: 1000,
    status: 'PROCESSING',
    isVoice: false,
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
    removedAt: null,
  };
  const shown = (id: string) => readMessage(client.cache, id)?.files;
  const preview = {
    size: 'SMALL',
    url: '/media/s',
    width: 360,
    height: 270,
  } as EventFile['previews'][number];

  it('shows what a file has become, and keeps that from older answers', () => {
    apply(sent(20, { files: [file()] }));
    expect(shown('msg_20')).toMatchObject([{ status: 'PROCESSING', previews: [] }]);
    const ready = file({ status: 'READY', thumbhash: 'abc', previews: [preview], alt: 'A kite' });
    apply({ __typename: 'FileUpdated', seq: 21, at, actorId: ann, file: ready });
    expect(shown('msg_20')).toMatchObject([{ status: 'READY', alt: 'A kite', width: 400 }]);
    // A page that was read before it.
    writeFile(client.cache, file({ alt: 'A kite' }));
    expect(shown('msg_20')).toMatchObject([
      { status: 'READY', thumbhash: 'abc', previews: [{ url: '/media/s' }] },
    ]);
  });

  it('leaves of a removed file that it was there', () => {
    const found = { thumbhash: 'abc', waveform: [10, 90], previews: [preview] };
    apply(sent(20, { files: [file({ ...found, status: 'READY', alt: 'A kite' })] }));
    apply({ __typename: 'FileRemoved', seq: 21, at, actorId: ann, fileId: 'fil_1' });
    const nothing = { name: '', size: 0, alt: null, thumbhash: null, waveform: null, previews: [] };
    expect(shown('msg_20')).toMatchObject([{ ...nothing, removedAt: at }]);
    apply({ __typename: 'FileUpdated', seq: 20, at, actorId: ann, file: file() });
    expect(shown('msg_20')).toMatchObject([{ name: '', removedAt: at }]);
  });

  it('knows the emoji, the name and the icon of the workspace', () => {
    const emoji = {
      __typename: 'Emoji' as const,
      id: 'emo_1',
      name: 'ship_it',
      url: '/media/e',
      creatorId: ann,
    };
    apply({ __typename: 'EmojiCreated', seq: 20, at, actorId: ann, created: emoji });
    apply({ __typename: 'EmojiCreated', seq: 20, at, actorId: ann, created: emoji });
    expect(boot()?.workspace.emoji.map(({ name }) => name)).toEqual(['ship_it']);
    apply({ __typename: 'EmojiDeleted', seq: 21, at, actorId: ann, emojiId: 'emo_1' });
    expect(boot()?.workspace.emoji).toEqual([]);
    apply({
      __typename: 'WorkspaceUpdated',
      seq: 22,
      at,
      actorId: ann,
      workspace: {
        ...{ __typename: 'Workspace', id: workspaceId, name: 'Acme 2', iconUrl: '/media/i' },
        channelMentions: 'ADMINS',
      },
    });
    expect(boot()?.workspace).toMatchObject({
      ...{ name: 'Acme 2', iconUrl: '/media/i', channelMentions: 'ADMINS' },
    });
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
