/**
 * Search, categories and a grid of emoji. Arrow keys move in the grid while the search field keeps the focus, and
 * Enter picks.
 */
import { Autocomplete } from '@base-ui/react/autocomplete';
import { useEffect, useMemo, useRef, useState } from 'react';
import { m } from '../../paraglide/messages';
import { EmojiPicture } from './EmojiPicture';
import { categories, type EmojiGroup, groupEmoji, rowsOf } from './emojiGroups';
import { type Emoji, emojiList } from './emojiList';
import { useCustomEmoji } from './useCustomEmoji';

interface Props {
  onPick(emoji: string): void;
}

const touchScreen = '(hover: none) and (pointer: coarse)';

export function EmojiGrid({ onPick }: Props) {
  const [word, setWord] = useState('');
  const [category, setCategory] = useState(0);
  const [isTouch] = useState(() => window.matchMedia(touchScreen).matches);
  const customEmoji = useCustomEmoji();
  const groups = useMemo(
    () => groupEmoji(emojiList, customEmoji, category, word.trim().toLowerCase()),
    [customEmoji, category, word],
  );
  // The popup opened before this was loaded. On a touch screen, focus would open the keyboard.
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!isTouch) field.current?.focus();
  }, [isTouch]);
  const list = useRef<HTMLDivElement>(null);
  const choose = (next: number) => {
    setCategory(next);
    setWord('');
    list.current?.scrollTo({ top: 0 });
  };
  return (
    <Autocomplete.Root
      inline
      open
      grid
      autoHighlight
      items={groups}
      filter={null}
      value={word}
      onValueChange={(next, { reason }) => reason !== 'item-press' && setWord(next)}
      itemToStringValue={(emoji: Emoji) => emoji.label}
    >
      <Autocomplete.Input
        ref={field}
        type="search"
        aria-label={m.emoji_grid_search()}
        placeholder={m.emoji_grid_search()}
        className="mb-1.5 h-8 w-full touch:h-11 rounded-lg border border-line-strong bg-page px-2.5 outline-none focus:border-accent"
      />
      <Categories chosen={word === '' ? category : null} onChoose={choose} />
      <Autocomplete.List
        ref={list}
        aria-label={m.emoji_grid_label()}
        className="h-60 overflow-y-auto overscroll-contain"
      >
        {(group: EmojiGroup) => (
          <Autocomplete.Group key={group.label} items={group.items}>
            <Autocomplete.GroupLabel className="px-1 pt-1.5 pb-0.5 text-[12px] font-semibold text-faint">
              {group.label}
            </Autocomplete.GroupLabel>
            {rowsOf(group.items, isTouch ? 7 : 9).map((row) => (
              <Autocomplete.Row key={row[0]?.unicode} className="flex">
                {row.map((emoji) => (
                  <Choice key={emoji.unicode} emoji={emoji} onPick={onPick} />
                ))}
              </Autocomplete.Row>
            ))}
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
      <Autocomplete.Empty className="text-faint empty:hidden">
        <span className="block p-3">{m.emoji_grid_none()}</span>
      </Autocomplete.Empty>
    </Autocomplete.Root>
  );
}

interface CategoriesProps {
  chosen: number | null;
  onChoose(index: number): void;
}

function Categories({ chosen, onChoose }: CategoriesProps) {
  return (
    <fieldset aria-label={m.emoji_grid_categories()} className="mb-1 flex overflow-x-auto">
      {categories.map(({ label, icon }, index) => (
        <button
          key={icon}
          type="button"
          title={label()}
          aria-label={label()}
          aria-pressed={index === chosen}
          onClick={() => onChoose(index)}
          className="inline-flex size-8 shrink-0 items-center justify-center rounded-md text-[16px] touch:size-11 hover:bg-hover aria-pressed:bg-pressed"
        >
          {icon}
        </button>
      ))}
    </fieldset>
  );
}

function Choice({ emoji, onPick }: Props & { emoji: Emoji }) {
  return (
    <Autocomplete.Item
      value={emoji}
      title={emoji.label}
      aria-label={emoji.label}
      onClick={() => onPick(emoji.unicode)}
      className="inline-flex size-8 cursor-pointer items-center justify-center rounded-md text-[19px] outline-none touch:size-11 data-[highlighted]:bg-hover"
    >
      {emoji.picture ? (
        <EmojiPicture emoji={emoji.picture} alt="" className="size-6 object-contain" />
      ) : (
        emoji.unicode
      )}
    </Autocomplete.Item>
  );
}
