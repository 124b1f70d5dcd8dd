/** What every part of an open workspace may use. */
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
import type { MyChannel } from './boot';

export interface OpenWorkspace {
  id: string;
  name: string;
  memberCount: number;
  iconUrl: string | null;
  /** Who may mention everybody in a channel. */
  channelMentions: ChannelMentions;
  /** The workspace's own ones. */
  emoji: readonly Emoji[];
  me: Member;
  /** The viewer's own channels, direct ones among them. */
  channels: readonly MyChannel[];
  unreadNotifications: number;
  unread: UnreadNotifications;
  live: LiveState;
  /** How far the log has been followed; changes without a render. */
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
  if (!workspace) throw new Error('useWorkspace outside of a workspace');
  return workspace;
}

export function useOutbox(): readonly OutboxEntry[] {
  const { outbox } = useWorkspace();
  return useSyncExternalStore(outbox.subscribe, outbox.all);
}
