/** Test fixture of `applyEvent`: a cached workspace and event factories. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { createCache } from '../../apollo/cache';
import type { BootQuery } from '../../gql/graphql';
import { readMessage } from '../message/messageCache';
import { Timelines } from '../message/timelines';
import { UnreadNotifications } from '../notification/unreadNotifications';
import { readStateId } from '../read_state/readStateCache';
import { BOOT } from '../workspace/boot';
import { applyEvent, type EventContext } from './applyEvent';
import type { EventItem, EventOf } from './eventsDocument';

export const workspaceId = 'wks_1';
export const me = 'mem_me';
export const ann = 'mem_ann';
export const at = '2026-01-01T00:00:00.000Z';

export const member = (id: string) => ({
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
    archivedAt: null,
    creatorId: ann,
    memberCount: 2,
    viewerIsMember: true,
    directMembers: kind === 'DIRECT' ? [member(me), member(ann)] : [],
    readState: {
      __typename: 'ReadState',
      id: readStateId(id),
      lastReadSeq: 5,
      epoch: 0,
      unreadCount: 0,
      mentionCount: 0,
    },
  };
}

const booted: BootQuery = {
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
};

const emptyPage = {
  entries: [],
  startCursor: null,
  endCursor: null,
  hasPrevious: false,
  hasNext: false,
};

/** A workspace booted at sequence number 5, with three fully loaded timelines. */
export class EventFixture {
  readonly client = new ApolloClient({ cache: createCache(), link: ApolloLink.empty() });
  readonly timelines = new Timelines();
  readonly unread = new UnreadNotifications(this.client, workspaceId);
  /** Received messages, and counts marked as stale. */
  arrived: string[] = [];
  stale: string[] = [];
  countedTo = 5;

  static async open(): Promise<EventFixture> {
    const fixture = new EventFixture();
    fixture.client.cache.writeQuery({ query: BOOT, variables: { workspaceId }, data: booted });
    for (const key of ['chn_1', 'chn_d', 'msg_6']) {
      await fixture.timelines.load(key, async () => emptyPage);
    }
    fixture.unread.applyCount(0, 5);
    return fixture;
  }

  private readonly context: EventContext = {
    client: this.client,
    workspaceId,
    meId: me,
    timelines: this.timelines,
    onMessage: (message) => this.arrived.push(message.id),
    onViewerChannel: () => {},
    onNotification: () => {},
    unread: {
      applyCount: (count, seq) => this.unread.applyCount(count, seq),
      addMention: (seq) => this.unread.addMention(seq),
      refresh: () => this.stale.push('notifications'),
    },
    onStaleMemberCount: (id) => this.stale.push(`members of ${id}`),
    onStaleReadState: (id) => this.stale.push(`reading of ${id}`),
  };

  apply(item: EventItem): void {
    applyEvent(item, this.context, { countedTo: this.countedTo, privateRev: 1 });
  }

  boot() {
    return this.client.cache.readQuery({ query: BOOT, variables: { workspaceId } })?.boot;
  }

  shown(key: string): number[] | undefined {
    return this.timelines.get(key)[0]?.entries.map(({ seq }) => seq);
  }

  message(id: string) {
    return readMessage(this.client.cache, id);
  }
}

type Sent = EventOf<'MessageSent'>;
type EventMessage = Sent['message'];

/** A message of Ann in the public channel. */
function messageOf(seq: number, over: Partial<EventMessage>): EventMessage {
  return {
    __typename: 'MessageSnapshot',
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
}

export function sent(
  seq: number,
  { files = [], ...over }: Partial<EventMessage> & Partial<Pick<Sent, 'files'>> = {},
): EventItem {
  const message = messageOf(seq, over);
  return { __typename: 'MessageSent', seq, at, actorId: message.authorId, message, files };
}

export function edited(id: string, text: string, over: Partial<EventMessage> = {}): EventItem {
  const message = messageOf(6, { id, text, editedAt: at, ...over });
  return { __typename: 'MessageEdited', seq: 90, at, actorId: ann, message };
}

export function deleted(seq: number, id: string, over: Partial<EventMessage> = {}): EventItem {
  const message = messageOf(6, { id, text: '', deletedAt: at, ...over });
  return { __typename: 'MessageDeleted', seq, at, actorId: ann, message };
}
