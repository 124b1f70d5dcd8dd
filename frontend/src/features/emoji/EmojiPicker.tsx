/** The emoji picker. The emoji list is loaded when the picker first opens. */
import { Popover } from '@base-ui/react/popover';
import { type ReactElement, useEffect, useMemo, useState } from 'react';
import { isInputMethodKey, stopInputMethodKeys } from '../../ui/keys';
import { Spinner } from '../../ui/Spinner';
import { EmojiPicture } from './EmojiPicture';
import type { EmojiImages } from './emoji';
import type { Emoji } from './emojiList';
import { findByWords } from './shortcode';
import { useCustomEmoji } from './useCustomEmoji';

interface Props {
  onPick(emoji: string): void;
  /** The trigger. */
  children: ReactElement;
}

export const frequentEmoji = [
  ...['👍', '❤️', '😂', '🎉', '🙏', '👀', '✅', '🚀', '🔥'],
  ...['👏', '💯', '🤔', '😅', '😍', '😢', '😮', '👎', '☕'],
];

/** Maximum number of emoji shown. Search narrows them down. */
const maxShown = 270;

export function EmojiPicker({ onPick, children }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger render={children} />
      <Popover.Portal>
        <Popover.Positioner sideOffset={6} align="end" className="z-60">
          <Popover.Popup
            aria-label="Choose an emoji"
            onKeyDown={stopInputMethodKeys}
            className="w-80 touch:w-86 max-w-[calc(100vw-1rem)] rounded-xl border border-line bg-raised p-2 shadow-pop outline-none"
          >
            <EmojiGrid
              onPick={(emoji) => {
                setOpen(false);
                onPick(emoji);
              }}
            />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function EmojiGrid({ onPick }: Pick<Props, 'onPick'>) {
  const [word, setWord] = useState('');
  const [all, setAll] = useState<readonly Emoji[] | null>(null);
  useEffect(() => {
    let isMounted = true;
    import('./emojiList').then(({ emojiList }) => isMounted && setAll(emojiList));
    return () => {
      isMounted = false;
    };
  }, []);
  const customEmoji = useCustomEmoji();
  const found = useMemo(() => {
    const search = word.trim().toLowerCase();
    return all && findByWords([...customEmoji, ...all], search, maxShown);
  }, [all, customEmoji, word]);
  return (
    <>
      <input
        type="search"
        aria-label="Search emoji"
        placeholder="Search emoji"
        value={word}
        onChange={(event) => setWord(event.target.value)}
        onKeyDown={(event) => {
          if (isInputMethodKey(event)) return;
          const first = found?.[0];
          if (event.key === 'Enter' && word !== '' && first) onPick(first.unicode);
        }}
        className="mb-1.5 h-8 w-full touch:h-11 rounded-lg border border-line-strong bg-page px-2.5 outline-none focus:border-accent"
      />
      <div className="grid h-60 auto-rows-min grid-cols-9 touch:grid-cols-7 overflow-y-auto">
        {word === '' &&
          frequentEmoji.map((emoji) => (
            <Choice key={emoji} unicode={emoji} label={emoji} onPick={onPick} />
          ))}
        {word === '' && <div className="col-span-full my-1.5 h-px bg-line" />}
        {found?.map(({ unicode, label, picture }) => (
          <Choice key={unicode} unicode={unicode} label={label} picture={picture} onPick={onPick} />
        ))}
        {found?.length === 0 && <p className="col-span-full p-3 text-faint">No emoji found.</p>}
        {!found && (
          <div className="col-span-full">
            <Spinner />
          </div>
        )}
      </div>
    </>
  );
}

interface ChoiceProps extends Pick<Props, 'onPick'> {
  unicode: string;
  label: string;
  picture?: EmojiImages | undefined;
}

function Choice({ unicode, label, picture, onPick }: ChoiceProps) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      onClick={() => onPick(unicode)}
      className="inline-flex size-8 items-center justify-center rounded-md text-[19px] touch:size-11 hover:bg-hover"
    >
      {picture ? (
        <EmojiPicture emoji={picture} alt="" className="size-6 object-contain" />
      ) : (
        unicode
      )}
    </button>
  );
}
