/** Lazily loaded pages, one chunk each. */
import { lazyRouteComponent } from '@tanstack/react-router';

export const HomePage = lazyRouteComponent(() => import('./HomePage'), 'HomePage');
export const WorkspaceIndex = lazyRouteComponent(
  () => import('./WorkspaceIndex'),
  'WorkspaceIndex',
);
export const WorkspacePage = lazyRouteComponent(() => import('./WorkspacePage'), 'WorkspacePage');
export const RegisterPage = lazyRouteComponent(
  () => import('../features/account/RegisterPage'),
  'RegisterPage',
);
export const SettingsPage = lazyRouteComponent(
  () => import('../features/account/SettingsPage'),
  'SettingsPage',
);
export const BrowsePage = lazyRouteComponent(
  () => import('../features/channel/BrowsePage'),
  'BrowsePage',
);
export const ChannelPage = lazyRouteComponent(
  () => import('../features/channel/ChannelPage'),
  'ChannelPage',
);
export const PeoplePage = lazyRouteComponent(
  () => import('../features/member/PeoplePage'),
  'PeoplePage',
);
export const ProfilePage = lazyRouteComponent(
  () => import('../features/member/ProfilePage'),
  'ProfilePage',
);
export const EmojiPage = lazyRouteComponent(
  () => import('../features/emoji/EmojiPage'),
  'EmojiPage',
);
export const WorkspaceSettingsPage = lazyRouteComponent(
  () => import('../features/workspace/WorkspaceSettingsPage'),
  'WorkspaceSettingsPage',
);
export const ActivityPage = lazyRouteComponent(
  () => import('../features/notification/ActivityPage'),
  'ActivityPage',
);
export const SearchPage = lazyRouteComponent(
  () => import('../features/search/SearchPage'),
  'SearchPage',
);
export const SignInPage = lazyRouteComponent(
  () => import('../features/session/SignInPage'),
  'SignInPage',
);
export const CreateWorkspacePage = lazyRouteComponent(
  () => import('../features/workspace/CreateWorkspacePage'),
  'CreateWorkspacePage',
);
export const InvitePage = lazyRouteComponent(
  () => import('../features/workspace/InvitePage'),
  'InvitePage',
);
