/** The panes of an open workspace: the sidebar and the current page. Each fails on its own. */
import { Outlet, useRouterState } from '@tanstack/react-router';
import { LightboxHost } from '../features/file/LightboxHost';
import { m } from '../paraglide/messages';
import { PaneBoundary } from '../ui/PaneBoundary';
import { useIsWide } from '../ui/useIsWide';
import { DocumentTitle } from './DocumentTitle';
import { ReconnectingBanner } from './ReconnectingBanner';
import { Shortcuts } from './Shortcuts';
import { Sidebar } from './Sidebar';
import { useTypeToCompose } from './useTypeToCompose';

export function Shell() {
  const isWide = useIsWide();
  useTypeToCompose();
  const pathname = useRouterState({ select: (router) => router.location.pathname });
  const atList = /^\/w\/[^/]+\/?$/.test(pathname);
  return (
    <div className="flex h-full flex-col">
      <DocumentTitle />
      <ReconnectingBanner />
      <div className="flex min-h-0 flex-1">
        {(isWide || atList) && (
          <PaneBoundary message={m.app_shell_sidebar_failed()}>
            <Sidebar />
          </PaneBoundary>
        )}
        {(isWide || !atList) && (
          <main className="flex min-w-0 flex-1">
            <PaneBoundary message={m.app_shell_page_failed()} resetKey={pathname}>
              <Outlet />
            </PaneBoundary>
          </main>
        )}
      </div>
      <Shortcuts />
      <LightboxHost />
    </div>
  );
}
