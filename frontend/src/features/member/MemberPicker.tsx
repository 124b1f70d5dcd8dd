/** Choose people by name: chips, a field to search in, and the matches below. */
import { Combobox } from '@base-ui/react/combobox';
import { Check, X } from 'lucide-react';
import { useState } from 'react';
import { Avatar } from '../../ui/Avatar';
import type { Member } from './member';
import { useMemberSearch } from './useMemberSearch';

interface Props {
  workspaceId: string;
  label: string;
  chosen: readonly Member[];
  onChange(chosen: Member[]): void;
  /** People who cannot be chosen, such as those already in the channel. */
  without?: readonly string[];
}

export function MemberPicker({ workspaceId, label, chosen, onChange, without = [] }: Props) {
  const [word, setWord] = useState('');
  const { members } = useMemberSearch(workspaceId, word);
  const offered = members.filter((member) => !without.includes(member.id));
  const gone = chosen.filter((member) => !offered.some((other) => other.id === member.id));
  return (
    <Combobox.Root
      multiple
      items={[...offered, ...gone]}
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
            {member.name}
            <Combobox.ChipRemove
              aria-label={`Remove ${member.name}`}
              className="inline-flex size-5 items-center justify-center rounded hover:bg-pressed"
            >
              <X size={12} />
            </Combobox.ChipRemove>
          </Combobox.Chip>
        ))}
        <Combobox.Input
          aria-label={label}
          placeholder={chosen.length === 0 ? 'Type a name…' : ''}
          className="h-6 min-w-24 flex-1 bg-transparent px-1.5 outline-none placeholder:text-faint"
        />
      </Combobox.Chips>
      <Combobox.Portal>
        <Combobox.Positioner sideOffset={4} className="z-60 w-(--anchor-width)">
          <Combobox.Popup className="max-h-64 overflow-y-auto rounded-xl border border-line bg-raised p-1.5 shadow-pop">
            <Combobox.Empty className="text-faint empty:hidden">
              <span className="block px-2 py-1.5">Nobody by that name.</span>
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
                    {member.name} <span className="text-faint">@{member.handle}</span>
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
