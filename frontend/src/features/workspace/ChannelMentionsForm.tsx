/** Who may mention everybody in a channel: saved as soon as it is chosen, and says so. */
import { useState } from 'react';
import type { ChannelMentions } from '../../gql/graphql';
import { Notice } from '../../ui/Notice';
import { RadioCards } from '../../ui/RadioCards';

const whoMay: readonly { value: ChannelMentions; label: string }[] = [
  { value: 'EVERYONE', label: 'Everyone in the channel' },
  { value: 'ADMINS', label: 'Only owners and admins' },
];

interface Props {
  who: ChannelMentions;
  /** Resolves to a sentence when it did not work. */
  onSave(who: ChannelMentions): Promise<string | null>;
}

export function ChannelMentionsForm({ who, onSave }: Props) {
  // Shown as chosen while it is being saved, and as it was if that fails.
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
        choices={whoMay}
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
