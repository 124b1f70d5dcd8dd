/** Picks members by name: chips, a search field and matches. */
import { Combobox } from '@base-ui/react/combobox';
import { Check, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { m } from '../../paraglide/messages';
import { Avatar } from '../../ui/Avatar';
import { isInputMethodKey } from '../../ui/keys';
import type { Member } from './member';
import { useMemberSearch } from './useMemberSearch';

interface Props {
  workspaceId: string;
  label: string;
  chosen: readonly Member[];
  onChange(chosen: Member[]): void;
  /** Members who cannot be picked, such as the viewer. */
  excludedIds?: readonly string[];
  /** Called on Enter in an empty field. */
  onSubmit?(): void;
}

export function MemberPicker(props: Props) {
  const { workspaceId, label, chosen, onChange, excludedIds = [], onSubmit } = props;
  const [word, setWord] = useState('');
  const { members, loading } = useMemberSearch(workspaceId, word);
  const highlighted = useRef(false);
  const offered = members.filter((member) => !excludedIds.includes(member.id));
  const chosenOnly = chosen.filter((member) => !offered.some((other) => other.id === member.id));
  const best = offered.find((member) => !chosen.some(({ id }) => id === member.id));

  // Enter was pressed before the results arrived: picks the best match once they do.
  const [pendingWord, setPendingWord] = useState<string | null>(null);
  useEffect(() => {
    if (pendingWord === null || loading) return;
    setPendingWord(null);
    if (pendingWord !== word || !best) return;
    onChange([...chosen, best]);
    setWord('');
  }, [pendingWord, loading, word, best, chosen, onChange]);

  function onKeyDown(event: KeyboardEvent) {
    if (isInputMethodKey(event) || event.key !== 'Enter' || highlighted.current) return;
    event.preventDefault();
    if (word.trim() !== '') setPendingWord(word);
    else if (chosen.length > 0) onSubmit?.();
  }

  return (
    <Combobox.Root
      multiple
      autoHighlight
      onItemHighlighted={(item) => {
        highlighted.current = item !== undefined;
      }}
      items={[...offered, ...chosenOnly]}
      filter={null}
      value={[...chosen]}
      onValueChange={(next) => {
        onChange(next);
        setWord('');
      }}
      inputValue={word}
      onInputValueChange={setWord}
      itemToStringLabel={(member: Member) => member.name}
      isItemEqualToValue={(a: Member, b: Member) => a.id === b.id}
    >
      <Combobox.Chips className="flex min-h-9 w-full flex-wrap items-center gap-1 rounded-lg border border-line-strong bg-raised px-1.5 py-1 focus-within:border-accent focus-within:ring-2 focus-within:ring-accent/25">
        {chosen.map((member) => (
          <Combobox.Chip
            key={member.id}
            className="flex items-center gap-1 rounded-md bg-tint py-0.5 pr-0.5 pl-1.5 text-[13px] text-tint-ink"
          >
            <bdi>{member.name}</bdi>
            <Combobox.ChipRemove
              aria-label={m.member_picker_remove({ name: member.name })}
              className="inline-flex size-5 items-center justify-center rounded hover:bg-pressed"
            >
              <X size={12} />
            </Combobox.ChipRemove>
          </Combobox.Chip>
        ))}
        <Combobox.Input
          aria-label={label}
          onKeyDown={onKeyDown}
          placeholder={chosen.length === 0 ? m.member_picker_placeholder() : ''}
          className="h-6 min-w-24 flex-1 bg-transparent px-1.5 outline-none placeholder:text-faint"
        />
      </Combobox.Chips>
      <Combobox.Portal>
        <Combobox.Positioner sideOffset={4} className="z-60 w-(--anchor-width)">
          <Combobox.Popup className="max-h-64 overflow-y-auto rounded-xl border border-line bg-raised p-1.5 shadow-pop">
            <Combobox.Empty className="text-faint empty:hidden">
              <span className="block px-2 py-1.5">{m.member_picker_none()}</span>
            </Combobox.Empty>
            <Combobox.List>
              {(member: Member) => (
                <Combobox.Item
                  key={member.id}
                  value={member}
                  className="flex cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 outline-none data-[highlighted]:bg-hover"
                >
                  <Avatar id={member.id} name={member.name} url={member.avatarUrl} size={22} />
                  <span className="min-w-0 flex-1 truncate">
                    <bdi>{member.name}</bdi> <bdi className="text-faint">@{member.handle}</bdi>
                  </span>
                  <Combobox.ItemIndicator>
                    <Check size={14} />
                  </Combobox.ItemIndicator>
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}
