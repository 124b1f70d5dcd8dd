/** Test fixture: an open workspace with the given parts of boot. */
import { type ApolloCache, ApolloClient, ApolloLink } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import type { ReactNode } from 'react';
import { NEVER } from 'rxjs';
import { createCache } from '../../apollo/cache';
import { Store } from '../../ui/store';
import type { Boot, ViewerChannel } from './boot';
import type { LiveState } from './live';
import { type OpenWorkspace, WorkspaceContext } from './workspaceContext';

interface Parts {
  workspace?: Partial<Boot['workspace']>;
  me?: Partial<Boot['me']>;
  channels?: readonly Partial<ViewerChannel>[];
}

export function workspaceWith({ workspace, me, channels = [] }: Parts = {}): OpenWorkspace {
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

interface Setup extends Parts {
  cache?: ApolloCache;
  /** Responds to a request. By default, the server never does. */
  respond?: ApolloLink.RequestHandler;
  open?: OpenWorkspace;
}

/** Options of `render` and `renderHook`, which render inside the workspace. */
export function inWorkspace(setup: Setup = {}) {
  const { cache = createCache(), respond = () => NEVER, open = workspaceWith(setup) } = setup;
  const client = new ApolloClient({ cache, link: new ApolloLink(respond) });
  const wrapper = ({ children }: { children: ReactNode }) => (
    <ApolloProvider client={client}>
      <WorkspaceContext value={open}>{children}</WorkspaceContext>
    </ApolloProvider>
  );
  return { client, wrapper };
}
