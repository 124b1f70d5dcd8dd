/** The emoji picker, loaded when it first opens. */
import { Popover } from '@base-ui/react/popover';
import { type ReactElement, Suspense, useState } from 'react';
import { m } from '../../paraglide/messages';
import { stopInputMethodKeys } from '../../ui/keys';
import { lazyComponent } from '../../ui/lazyComponent';
import { PaneBoundary } from '../../ui/PaneBoundary';
import { Spinner } from '../../ui/Spinner';

const EmojiGrid = lazyComponent(async () => (await import('./EmojiGrid')).EmojiGrid);

interface Props {
  onPick(emoji: string): void;
  /** The trigger. */
  children: ReactElement;
}

export function EmojiPicker({ onPick, children }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger render={children} />
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="z-60">
          <Popover.Popup
            aria-label={m.emoji_picker_label()}
            onKeyDown={stopInputMethodKeys}
            className="min-h-84 w-80 touch:w-86 max-w-[calc(100vw-1rem)] rounded-xl border border-line bg-raised p-2 shadow-pop outline-none"
          >
            <PaneBoundary message={m.emoji_picker_failed()}>
              <Suspense fallback={<Spinner />}>
                <EmojiGrid
                  onPick={(emoji) => {
                    setOpen(false);
                    onPick(emoji);
                  }}
                />
              </Suspense>
            </PaneBoundary>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
