/** A pane beside the messages, or in place of them on narrow screens. Restores the focus on close. */
import { X } from 'lucide-react';
import { type KeyboardEventHandler, type ReactNode, useEffect, useState } from 'react';
import { IconButton } from './Button';

interface Props {
  title: string;
  /** What the pane belongs to, such as a channel. */
  subtitle: string;
  closeLabel: string;
  /** Focuses the close button at first. */
  autoFocus?: boolean;
  onClose(): void;
  onKeyDown?: KeyboardEventHandler;
  children: ReactNode;
}

export function SidePane(props: Props) {
  const { title, subtitle, closeLabel, autoFocus = false, onClose, onKeyDown, children } = props;
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement) opener.focus();
    },
    [opener],
  );
  return (
    <aside
      aria-label={title}
      onKeyDown={onKeyDown}
      className="relative flex w-full min-w-0 shrink-0 flex-col border-line md:w-[min(26rem,42%)] md:border-l"
    >
      <header className="flex h-13 shrink-0 items-center gap-2 border-b border-line px-4">
        <h2 className="font-semibold">{title}</h2>
        <bdi className="min-w-0 flex-1 truncate text-faint">{subtitle}</bdi>
        <IconButton label={closeLabel} autoFocus={autoFocus} onClick={onClose}>
          <X size={17} />
        </IconButton>
      </header>
      {children}
    </aside>
  );
}
