/** Lazily loaded pages, one chunk each. */
import { lazyRouteComponent } from '@tanstack/react-router';

export const HomePage = lazyRouteComponent(() => import('./pages/HomePage'), 'HomePage');
export const WorkspaceIndex = lazyRouteComponent(
  () => import('./pages/WorkspaceIndex'),
  'WorkspaceIndex',
);
export const WorkspacePage = lazyRouteComponent(
  () => import('./pages/WorkspacePage'),
  'WorkspacePage',
);
export const RegisterPage = lazyRouteComponent(
  () => import('./pages/RegisterPage'),
  'RegisterPage',
);
export const SettingsPage = lazyRouteComponent(
  () => import('./pages/SettingsPage'),
  'SettingsPage',
);
export const BrowsePage = lazyRouteComponent(() => import('./pages/BrowsePage'), 'BrowsePage');
export const ChannelPage = lazyRouteComponent(() => import('./pages/ChannelPage'), 'ChannelPage');
export const PeoplePage = lazyRouteComponent(() => import('./pages/PeoplePage'), 'PeoplePage');
export const ProfilePage = lazyRouteComponent(() => import('./pages/ProfilePage'), 'ProfilePage');
export const EmojiPage = lazyRouteComponent(() => import('./pages/EmojiPage'), 'EmojiPage');
export const WorkspaceSettingsPage = lazyRouteComponent(
  () => import('./pages/WorkspaceSettingsPage'),
  'WorkspaceSettingsPage',
);
export const ActivityPage = lazyRouteComponent(
  () => import('./pages/ActivityPage'),
  'ActivityPage',
);
export const SearchPage = lazyRouteComponent(() => import('./pages/SearchPage'), 'SearchPage');
export const SignInPage = lazyRouteComponent(() => import('./pages/SignInPage'), 'SignInPage');
export const CreateWorkspacePage = lazyRouteComponent(
  () => import('./pages/CreateWorkspacePage'),
  'CreateWorkspacePage',
);
export const InvitePage = lazyRouteComponent(() => import('./pages/InvitePage'), 'InvitePage');
