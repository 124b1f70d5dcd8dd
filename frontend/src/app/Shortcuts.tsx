/** Global keyboard shortcuts, the quick switcher, and the dialog that lists the shortcuts. */
import { useNavigate, useParams, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { byTitle, isArchived } from '../features/channel/channel';
import { focusSearchField } from '../features/search/searchFieldFocus';
import { useMe, useViewerChannels, useWorkspace } from '../features/workspace/workspaceContext';
import { Dialog } from '../ui/Dialog';
import { isInputMethodKey } from '../ui/keys';
import { QuickSwitcher } from './QuickSwitcher';

const openEvent = 'confab:switcher';

/** Opens the quick switcher. */
export function openSwitcher(): void {
  window.dispatchEvent(new Event(openEvent));
}

const commandKey = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';

export const switcherKeys = `${commandKey} K`;
export const searchKeys = commandKey === '⌘' ? '⌘ ⇧ F' : 'Ctrl Shift F';

const sheet: [string, string][] = [
  [switcherKeys, 'Go to a channel or person'],
  [searchKeys, 'Search'],
  ['↓ in the search field', 'Go to the search results'],
  ['Alt ↑ / Alt ↓', 'Previous or next channel'],
  ['Alt Shift ↑ / ↓', 'Previous or next unread channel'],
  ['Enter', 'Send'],
  ['Shift Enter', 'New line'],
  ['↑ in an empty message', 'Edit your last message'],
  ['Esc', 'Cancel, or close the thread'],
  ['↑ ↓ Home End in the message list', 'Move between messages'],
  ['Enter on a message', 'Go to message actions'],
  [`${commandKey} /`, 'Keyboard shortcuts'],
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
    /** Follows the sidebar order: channels, then direct messages. */
    function step(by: 1 | -1, unreadOnly: boolean) {
      const sorted = channels.filter((channel) => !isArchived(channel)).sort(byTitle(me.id));
      const list = [
        ...sorted.filter((channel) => channel.kind !== 'DIRECT'),
        ...sorted.filter((channel) => channel.kind === 'DIRECT'),
      ].filter(
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
      <Dialog bare open={open === 'switcher'} onClose={close} title="Go to a channel or person">
        <QuickSwitcher onClose={close} />
      </Dialog>
      <Dialog open={open === 'sheet'} onClose={close} title="Keyboard shortcuts">
        <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
          {sheet.map(([keys, meaning]) => (
            <div key={keys} className="contents">
              <dt>
                <kbd className="rounded-md border border-line bg-side px-1.5 py-0.5 font-sans text-[12.5px]">
                  {keys}
                </kbd>
              </dt>
              <dd className="text-soft">{meaning}</dd>
            </div>
          ))}
        </dl>
      </Dialog>
    </>
  );
}
