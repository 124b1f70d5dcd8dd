/** Test fixture of `applyEvent`: a cached workspace and event factories. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { createCache } from '../../apollo/cache';
import type { BootQuery } from '../../gql/graphql';
import type { Channel } from '../channel/channel';
import { channelWith } from '../channel/channelFixture';
import { memberWith } from '../member/memberFixture';
import { readMessage } from '../message/messageCache';
import { messageWith } from '../message/messageFixture';
import { Timelines } from '../message/timelines';
import { UnreadNotifications } from '../notification/unreadNotifications';
import { readStateId } from '../read_state/readStateCache';
import { BOOT, type ViewerChannel } from '../workspace/boot';
import { applyEvent, type EventContext } from './applyEvent';
import type { EventItem, EventOf } from './eventsDocument';

export const workspaceId = 'wks_1';
export const me = 'mem_me';
export const ann = 'mem_ann';
export const at = '2026-01-01T00:00:00.000Z';

export const member = (id: string) => memberWith({ id });

function channel(given: Partial<Channel> & { id: string }): ViewerChannel {
  return {
    ...channelWith({ name: given.id, ...given }),
    readState: {
      __typename: 'ReadState',
      id: readStateId(given.id),
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
      createdAt: at,
      memberCount: 2,
      iconUrl: null,
      channelMentions: 'EVERYONE',
      emoji: [],
    },
    me: member(me),
    channels: [
      channel({ id: 'chn_1' }),
      channel({ id: 'chn_d', kind: 'DIRECT', directMembers: [member(me), member(ann)] }),
    ],
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
  activityRefreshes = 0;
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
    onNotification: () => {
      this.activityRefreshes++;
    },
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

type LogEvent = Extract<EventItem, { actorId: string }>;
type Fields<Name extends LogEvent['__typename']> = Omit<
  EventOf<Name>,
  '__typename' | 'seq' | 'at' | 'actorId'
>;

/** An event caused by Ann. */
export function event<Name extends LogEvent['__typename']>(
  __typename: Name,
  seq: number,
  fields: Fields<Name>,
): EventItem {
  return { __typename, seq, at, actorId: ann, ...fields } as unknown as EventItem;
}

type EventMessage = EventOf<'MessageSent'>['message'];

/** A message as events contain it. */
function messageOf(seq: number, given: Partial<EventMessage>): EventMessage {
  const { reactions, thread, files, ...message } = messageWith({ seq });
  return { ...message, __typename: 'MessageSnapshot', ...given };
}

export function sent(
  seq: number,
  { files = [], ...given }: Partial<EventMessage> & Partial<Fields<'MessageSent'>> = {},
): EventItem {
  return event('MessageSent', seq, { message: messageOf(seq, given), files });
}

export function edited(id: string, text: string, given: Partial<EventMessage> = {}): EventItem {
  const message = messageOf(6, { id, text, editedAt: at, ...given });
  return event('MessageEdited', 90, { message });
}

export function deleted(seq: number, id: string, given: Partial<EventMessage> = {}): EventItem {
  const message = messageOf(6, { id, text: '', deletedAt: at, ...given });
  return event('MessageDeleted', seq, { message });
}
