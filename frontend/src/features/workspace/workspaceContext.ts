/** The context of an open workspace. */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { ChannelMentions } from '../../gql/graphql';
import type { Emoji } from '../emoji/emoji';
import type { Uploads } from '../file/upload';
import type { LiveState, Position } from '../live/followEvents';
import type { Member } from '../member/member';
import type { Outbox, OutboxEntry } from '../message/outbox';
import type { Timelines } from '../message/timelines';
import type { UnreadNotifications } from '../notification/unreadNotifications';
import type { Presences } from '../presence/presences';
import type { FollowSearch } from '../search/searchMatches';
import type { ViewerChannel } from './boot';

export interface OpenWorkspace {
  id: string;
  name: string;
  memberCount: number;
  iconUrl: string | null;
  /** Who can use @channel and @here. */
  channelMentions: ChannelMentions;
  /** Custom emoji. */
  emoji: readonly Emoji[];
  me: Member;
  /** The viewer's channels, including direct channels. */
  channels: readonly ViewerChannel[];
  unreadNotifications: number;
  unread: UnreadNotifications;
  live: LiveState;
  /** The last applied sequence number. Mutable; changes do not render. */
  position: Readonly<Position>;
  timelines: Timelines;
  outbox: Outbox;
  uploads: Uploads;
  presences: Presences;
  followSearch: FollowSearch;
}

export const WorkspaceContext = createContext<OpenWorkspace | null>(null);

export function useWorkspace(): OpenWorkspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error('useWorkspace must be used inside WorkspaceContext');
  return workspace;
}

export function useOutbox(): readonly OutboxEntry[] {
  const { outbox } = useWorkspace();
  return useSyncExternalStore(outbox.subscribe, outbox.all);
}
