/** The setting for who can use @channel and @here. Saves on change. */
import { useState } from 'react';
import type { ChannelMentions } from '../../gql/graphql';
import { Notice } from '../../ui/Notice';
import { RadioCards } from '../../ui/RadioCards';

const options: readonly { value: ChannelMentions; label: string }[] = [
  { value: 'EVERYONE', label: 'Everyone in the channel' },
  { value: 'ADMINS', label: 'Owners and admins only' },
];

interface Props {
  who: ChannelMentions;
  /** Resolves to an error message, or null on success. */
  onSave(who: ChannelMentions): Promise<string | null>;
}

export function ChannelMentionsForm({ who, onSave }: Props) {
  // The pending choice, shown while saving and reverted on failure.
  const [chosen, setChosen] = useState<ChannelMentions | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [saved, setSaved] = useState(false);

  async function choose(next: ChannelMentions) {
    setChosen(next);
    setFailure(null);
    setSaved(false);
    const failed = await onSave(next);
    setChosen((now) => (now === next ? null : now));
    setFailure(failed);
    setSaved(failed === null);
  }

  return (
    <div className="flex flex-col gap-2">
      <RadioCards
        legend="Who can mention @channel and @here"
        choices={options}
        value={chosen ?? who}
        onChange={choose}
      />
      {failure && <Notice>Not saved. {failure}</Notice>}
      <span role="status" className="min-h-5 text-[13px] text-soft">
        {saved && 'Saved.'}
      </span>
    </div>
  );
}
