/** The search field, with completion of operators and values. */
import { LoaderCircle, Search, X } from 'lucide-react';
import { type KeyboardEvent, type RefObject, useLayoutEffect, useState } from 'react';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { CompletionMenu, useChoices } from '../../ui/CompletionMenu';
import { firstCharacters } from '../../ui/characters';
import { isInputMethodKey } from '../../ui/keys';
import { replaceRange } from './query';
import type { FieldText } from './useFieldText';

/** Maximum length of a search, in characters. */
const maxSearchLength = 512;

interface Props {
  field: RefObject<HTMLInputElement | null>;
  written: FieldText;
  /** Called on Enter, unless it picks a completion. */
  onSubmit(): void;
  /** Called on arrow down, to move into the results. */
  onLeave(): void;
  busy: boolean;
}

export function SearchField({ field, written, onSubmit, onLeave, busy }: Props) {
  const { text, caret, completion, dismissed, write, move } = written;
  const [caretWanted, setCaretWanted] = useState<number | null>(null);
  const menu = useChoices(completion, caret ?? 0, dismissed, ({ insert }, { from, to }) => {
    const next = replaceRange(text, from, to, insert);
    write(next.text, next.caret);
    setCaretWanted(next.caret);
  });

  // Sets the caret before the next key press, so that typing continues after the completion.
  useLayoutEffect(() => {
    if (caretWanted === null) return;
    field.current?.setSelectionRange(caretWanted, caretWanted);
    setCaretWanted(null);
  }, [caretWanted, field]);

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    if (isInputMethodKey(event) || menu.onKeyDown(event)) return;
    if (event.key === 'Enter') onSubmit();
    else if (event.key === 'ArrowDown' && !event.altKey) onLeave();
    else return;
    event.preventDefault();
  }

  return (
    <search className="relative min-w-0 flex-1">
      <div className="flex h-9 items-center gap-2 rounded-lg border border-line-strong bg-raised pr-1 pl-2.5 focus-within:border-accent focus-within:ring-2 focus-within:ring-accent/20">
        {busy ? (
          <LoaderCircle size={15} aria-hidden="true" className="shrink-0 animate-spin text-faint" />
        ) : (
          <Search size={15} aria-hidden="true" className="shrink-0 text-faint" />
        )}
        <input
          ref={field}
          value={text}
          onChange={({ target }) =>
            write(firstCharacters(target.value, maxSearchLength), target.selectionStart)
          }
          onSelect={(event) => move(event.currentTarget.selectionStart)}
          onBlur={() => {
            menu.close();
            move(null);
          }}
          onKeyDown={onKeyDown}
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={menu.open}
          aria-controls={menu.open ? menu.id : undefined}
          aria-activedescendant={menu.open ? menu.activeId : undefined}
          aria-label={m.search_field_label()}
          placeholder={m.search_field_placeholder()}
          enterKeyHint="search"
          autoComplete="off"
          autoCorrect="off"
          autoCapitalize="none"
          spellCheck={false}
          dir="auto"
          className="h-full min-w-0 flex-1 bg-transparent outline-none placeholder:text-faint"
        />
        {text !== '' && (
          <IconButton
            label={m.search_field_clear()}
            onClick={() => {
              write('', 0);
              field.current?.focus();
            }}
          >
            <X size={15} />
          </IconButton>
        )}
      </div>
      <CompletionMenu menu={menu} side="below" />
    </search>
  );
}
