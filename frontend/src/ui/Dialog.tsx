/** The base of all dialogs. */
import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type ReactNode, type RefObject, useRef, useState } from 'react';
import { m } from '../paraglide/messages';
import { IconButton } from './Button';
import { stopInputMethodKeys } from './keys';
import { PaneBoundary } from './PaneBoundary';

interface Props {
  open: boolean;
  onClose(): void;
  title: string;
  children: ReactNode;
  /** Hides the title bar, such as for the quick switcher. */
  bare?: boolean;
  /** The element to focus. Defaults to the first field, or else the first focusable element. */
  focus?: RefObject<HTMLElement | null>;
}

/** The focused element, such as the composer before a shortcut. */
function focusedElement(): HTMLElement | null {
  const { activeElement } = document;
  return activeElement instanceof HTMLElement && activeElement !== document.body
    ? activeElement
    : null;
}

const fields = 'input:not([type=hidden]):enabled, textarea:enabled, select:enabled';

/** A modal dialog. Escape or a click outside closes it and restores focus. */
export function Dialog({ open, onClose, title, children, bare = false, focus }: Props) {
  const content = useRef<HTMLDivElement>(null);
  const [wasOpen, setWasOpen] = useState(false);
  const [opener, setOpener] = useState<HTMLElement | null>(null);
  if (open !== wasOpen) {
    setWasOpen(open);
    if (open) setOpener(focusedElement());
  }
  /** `true` lets the library focus the first focusable element. */
  const firstField = () =>
    focus?.current ?? content.current?.querySelector<HTMLElement>(fields) ?? true;
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-40 bg-black/35 transition-opacity duration-150 data-[ending-style]:opacity-0 data-[starting-style]:opacity-0" />
        <Base.Popup
          onKeyDown={stopInputMethodKeys}
          initialFocus={firstField}
          finalFocus={() => (opener?.isConnected ? opener : true)}
          className="fixed top-[12vh] left-1/2 z-50 max-h-[76vh] w-[min(32rem,calc(100vw-2rem))] -translate-x-1/2 overflow-y-auto rounded-2xl border border-line bg-raised shadow-pop transition duration-150 data-[ending-style]:scale-98 data-[ending-style]:opacity-0 data-[starting-style]:scale-98 data-[starting-style]:opacity-0"
        >
          {bare ? (
            <Base.Title className="sr-only">{title}</Base.Title>
          ) : (
            <div className="flex items-center justify-between px-5 pt-4 pb-1">
              <Base.Title className="text-[17px] font-semibold">{title}</Base.Title>
              <Base.Close render={<IconButton label={m.ui_close()} />}>
                <X size={17} />
              </Base.Close>
            </div>
          )}
          <div ref={content} className={bare ? '' : 'px-5 pt-2 pb-5'}>
            <PaneBoundary message={m.ui_dialog_failed()}>{children}</PaneBoundary>
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
