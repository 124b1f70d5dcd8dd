/** All routes of the client. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  type RouteComponent,
  useNavigate,
  useRouterState,
} from '@tanstack/react-router';
import { m } from '../paraglide/messages';
import { PaneBoundary } from '../ui/PaneBoundary';
import { Spinner } from '../ui/Spinner';
import {
  ActivityPage,
  BrowsePage,
  ChannelPage,
  CreateWorkspacePage,
  EmojiPage,
  HomePage,
  InvitePage,
  PeoplePage,
  ProfilePage,
  RegisterPage,
  SearchPage,
  SettingsPage,
  SignInPage,
  WorkspaceIndex,
  WorkspacePage,
  WorkspaceSettingsPage,
} from './lazyPages';
import type { ChannelParams } from './pages/ChannelPage';
import { NotFoundPage } from './pages/NotFoundPage';
import { RequireViewer } from './RequireViewer';

/** Search parameters of the sign-in and registration pages: an invite token, or the page to return to. */
interface EntryParams {
  invite?: string;
  to?: string;
}

/** Search parameters of the search page. Results are sorted by relevance unless `sort` is set. */
interface SearchParams {
  q?: string;
  sort?: 'newest' | 'oldest';
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function parseEntryParams(search: Record<string, unknown>): EntryParams {
  const invite = text(search.invite);
  const to = text(search.to);
  // Only paths on this server, to prevent open redirects.
  return { ...(invite && { invite }), ...(to && /^\/(?![/\\])/.test(to) && { to }) };
}

const root = createRootRoute({ component: Root, notFoundComponent: NotFoundPage });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: () => (
    <RequireViewer>
      <HomePage />
    </RequireViewer>
  ),
});

const register = createRoute({
  getParentRoute: () => root,
  path: '/register',
  validateSearch: parseEntryParams,
  component: function Register() {
    const search = register.useSearch();
    return <RegisterPage inviteToken={search.invite} onDone={useNavigateAfterEntry(search)} />;
  },
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: parseEntryParams,
  component: function SignIn() {
    const search = signIn.useSearch();
    return <SignInPage inviteToken={search.invite} onDone={useNavigateAfterEntry(search)} />;
  },
});

const invite = createRoute({
  getParentRoute: () => root,
  path: '/invite/$token',
  component: function Invite() {
    const { token } = invite.useParams();
    return <InvitePage token={token} onDone={useOpenWorkspace()} />;
  },
});

const newWorkspace = createRoute({
  getParentRoute: () => root,
  path: '/new-workspace',
  component: function NewWorkspace() {
    const open = useOpenWorkspace();
    return (
      <RequireViewer>
        <CreateWorkspacePage onDone={open} />
      </RequireViewer>
    );
  },
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: () => (
    <RequireViewer>
      <SettingsPage />
    </RequireViewer>
  ),
});

const workspace = createRoute({
  getParentRoute: () => root,
  path: '/w/$workspaceId',
  component: function Workspace() {
    const { workspaceId } = workspace.useParams();
    return (
      <RequireViewer>
        <WorkspacePage key={workspaceId} workspaceId={workspaceId} />
      </RequireViewer>
    );
  },
});

const channel = createRoute({
  getParentRoute: () => workspace,
  path: '/c/$channelId',
  validateSearch: (search: Record<string, unknown>): ChannelParams => {
    const m = text(search.m);
    const thread = text(search.thread);
    const reply = text(search.reply);
    const files = search.files === true;
    return {
      ...(m && { m }),
      ...(thread && { thread }),
      ...(reply && { reply }),
      ...(files && { files }),
    };
  },
  component: function Channel() {
    const { channelId } = channel.useParams();
    const { m, thread, reply, files = false } = channel.useSearch();
    return (
      <ChannelPage
        key={channelId}
        channelId={channelId}
        messageId={m}
        rootId={thread}
        replyId={reply}
        showsFiles={files}
      />
    );
  },
});

const search = createRoute({
  getParentRoute: () => workspace,
  path: '/search',
  validateSearch: ({ q, sort }: Record<string, unknown>): SearchParams => {
    // The router parses a numeric query as a number.
    const query = text(typeof q === 'number' ? String(q) : q);
    const order = sort === 'newest' || sort === 'oldest' ? sort : undefined;
    return { ...(query && { q: query }), ...(order && { sort: order }) };
  },
  component: function Search() {
    const { q = '', sort } = search.useSearch();
    const navigate = search.useNavigate();
    return (
      <SearchPage
        query={q}
        sort={sort === 'newest' ? 'NEWEST' : sort === 'oldest' ? 'OLDEST' : 'RELEVANCE'}
        onSearch={(query, next) => {
          const order = next === 'NEWEST' ? 'newest' : next === 'OLDEST' ? 'oldest' : undefined;
          // Replaces the history entry, so that Back leaves the search.
          navigate({
            search: { ...(query && { q: query }), ...(order && { sort: order }) },
            replace: true,
          });
        }}
      />
    );
  },
});

/** A page beside the sidebar without parameters. */
function pageOf<Path extends string>(path: Path, component: RouteComponent) {
  return createRoute({ getParentRoute: () => workspace, path, component });
}

const routeTree = root.addChildren([
  home,
  register,
  signIn,
  invite,
  newWorkspace,
  settings,
  workspace.addChildren([
    pageOf('/', WorkspaceIndex),
    channel,
    search,
    pageOf('/activity', ActivityPage),
    pageOf('/browse', BrowsePage),
    pageOf('/people', PeoplePage),
    pageOf('/profile', ProfilePage),
    pageOf('/emoji', EmojiPage),
    pageOf('/settings', WorkspaceSettingsPage),
  ]),
]);

export function createAppRouter() {
  return createRouter({ routeTree, defaultPendingMs: 150, defaultPendingComponent: Spinner });
}

/** Pages outside a workspace, such as the settings. The shell of a workspace has boundaries of its own. */
function Root() {
  const pathname = useRouterState({ select: (router) => router.location.pathname });
  return (
    <PaneBoundary message={m.app_shell_page_failed()} resetKey={pathname}>
      <Outlet />
    </PaneBoundary>
  );
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

/** Navigates after registering or signing in: to the joined workspace, the invite, the requested page, or home. */
function useNavigateAfterEntry({ invite, to }: EntryParams): (workspaceId?: string) => void {
  const navigate = useNavigate();
  const open = useOpenWorkspace();
  return (workspaceId) => {
    if (workspaceId) open(workspaceId);
    else if (invite) navigate({ to: '/invite/$token', params: { token: invite }, replace: true });
    else if (to) navigate({ href: to, replace: true });
    else navigate({ to: '/', replace: true });
  };
}

function useOpenWorkspace(): (workspaceId: string) => void {
  const navigate = useNavigate();
  return (workspaceId) => {
    navigate({ to: '/w/$workspaceId', params: { workspaceId }, replace: true });
  };
}
