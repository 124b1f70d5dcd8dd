/** Test fixture: an open workspace with the given parts of boot. */
import { Store } from '../../ui/store';
import type { Boot, ViewerChannel } from './boot';
import type { LiveState } from './live';

interface Parts {
  workspace?: Partial<Boot['workspace']>;
  me?: Partial<Boot['me']>;
  channels?: readonly Partial<ViewerChannel>[];
}

export function workspaceWith({ workspace, me, channels = [] }: Parts = {}) {
  const boot = {
    workspace: { id: 'wks_1', name: 'Acme', memberCount: 1, emoji: [], ...workspace },
    me: { id: 'mem_me', name: 'Me', role: 'MEMBER', avatarUrl: null, ...me },
    channels,
    unreadNotifications: 0,
  } as unknown as Boot;
  return {
    id: 'wks_1',
    boot: new Store(boot),
    live: new Store<LiveState>('live'),
    position: { seq: 7, privateRev: 1, countedTo: 7 },
  };
}
