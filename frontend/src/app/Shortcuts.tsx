/** Global keyboard shortcuts, the quick switcher, and the dialog that lists the shortcuts. */
import { useNavigate, useParams, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { sidebarChannels } from '../features/channel/channel';
import { focusSearchField } from '../features/search/searchFieldFocus';
import { useMe, useViewerChannels, useWorkspace } from '../features/workspace/workspaceContext';
import { m } from '../paraglide/messages';
import { Dialog } from '../ui/Dialog';
import { isInputMethodKey } from '../ui/keys';
import { QuickSwitcher } from './QuickSwitcher';

const openEvent = 'confab:switcher';

/** Opens the quick switcher. */
export function openSwitcher(): void {
  window.dispatchEvent(new Event(openEvent));
}

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

// Keys are named as on a keyboard with the labels of the language, or of Apple.
export const switcherKeys = isApple ? () => '⌘ K' : m.app_shortcuts_switcher_keys;
export const searchKeys = isApple ? () => '⌘ ⇧ F' : m.app_shortcuts_search_keys;
const sheetKeys = isApple ? () => '⌘ /' : m.app_shortcuts_sheet_keys;

const sheet: [keys: () => string, meaning: () => string][] = [
  [switcherKeys, m.app_shortcuts_switcher_meaning],
  [searchKeys, m.app_shortcuts_search_meaning],
  [m.app_shortcuts_results_keys, m.app_shortcuts_results_meaning],
  [m.app_shortcuts_channel_keys, m.app_shortcuts_channel_meaning],
  [m.app_shortcuts_unread_keys, m.app_shortcuts_unread_meaning],
  [m.app_shortcuts_send_keys, m.app_shortcuts_send_meaning],
  [m.app_shortcuts_line_keys, m.app_shortcuts_line_meaning],
  [m.app_shortcuts_edit_keys, m.app_shortcuts_edit_meaning],
  [m.app_shortcuts_cancel_keys, m.app_shortcuts_cancel_meaning],
  [m.app_shortcuts_messages_keys, m.app_shortcuts_messages_meaning],
  [m.app_shortcuts_actions_keys, m.app_shortcuts_actions_meaning],
  [sheetKeys, m.app_shortcuts_title],
];

export function Shortcuts() {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const channels = useViewerChannels();
  const navigate = useNavigate();
  const { channelId } = useParams({ strict: false });
  const atSearch = useRouterState({
    select: (router) => router.location.pathname.endsWith('/search'),
  });
  const [open, setOpen] = useState<'switcher' | 'sheet' | null>(null);

  useEffect(() => {
    const onOpen = () => setOpen('switcher');
    function onKey(event: KeyboardEvent) {
      if (isInputMethodKey(event)) return;
      const ctrl = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      if (ctrl && key === 'k') setOpen('switcher');
      else if (ctrl && event.shiftKey && key === 'f') search();
      else if (ctrl && event.key === '/') setOpen((now) => (now === 'sheet' ? null : 'sheet'));
      else if (event.altKey && !ctrl && event.key === 'ArrowUp') step(-1, event.shiftKey);
      else if (event.altKey && !ctrl && event.key === 'ArrowDown') step(1, event.shiftKey);
      else return;
      event.preventDefault();
    }
    function search() {
      setOpen(null);
      if (atSearch) focusSearchField();
      else navigate({ to: '/w/$workspaceId/search', params: { workspaceId } });
    }
    /** Follows the order of the sidebar. */
    function step(by: 1 | -1, unreadOnly: boolean) {
      const { named, direct } = sidebarChannels(channels, me.id);
      const list = [...named, ...direct].filter(
        (channel) =>
          !unreadOnly || channel.id === channelId || (channel.readState?.unreadCount ?? 0) > 0,
      );
      const at = list.findIndex((channel) => channel.id === channelId);
      const from = at === -1 && by === -1 ? 0 : at;
      const target = list[(from + by + list.length) % list.length];
      if (!target || target.id === channelId) return;
      navigate({
        to: '/w/$workspaceId/c/$channelId',
        params: { workspaceId, channelId: target.id },
      });
    }
    window.addEventListener('keydown', onKey);
    window.addEventListener(openEvent, onOpen);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener(openEvent, onOpen);
    };
  }, [atSearch, channels, channelId, me.id, navigate, workspaceId]);

  const close = () => setOpen(null);
  return (
    <>
      <Dialog
        bare
        open={open === 'switcher'}
        onClose={close}
        title={m.app_shortcuts_switcher_meaning()}
      >
        <QuickSwitcher onClose={close} />
      </Dialog>
      <Dialog open={open === 'sheet'} onClose={close} title={m.app_shortcuts_title()}>
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
          {sheet.map(([keys, meaning]) => (
            <div key={keys()} className="contents">
              <dt>
                <kbd className="rounded-md border border-line bg-side px-1.5 py-0.5 font-sans text-[12.5px]">
                  {keys()}
                </kbd>
              </dt>
              <dd className="text-soft">{meaning()}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </>
  );
}
