/** The setting for who can use @channel and @here. Saves on change. */
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { useAction } from '../../apollo/useAction';
import type { ChannelMentions } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { RadioCards } from '../../ui/RadioCards';

const options: readonly { value: ChannelMentions; label: () => string }[] = [
  { value: 'EVERYONE', label: m.workspace_channel_mentions_everyone },
  { value: 'ADMINS', label: m.workspace_channel_mentions_admins },
];

interface Props {
  who: ChannelMentions;
  onSave(who: ChannelMentions): Promise<unknown>;
}

export function ChannelMentionsForm({ who, onSave }: Props) {
  // Shown while saving.
  const [chosen, setChosen] = useState(who);
  const save = useAction(onSave);
  return (
    <div className="flex flex-col gap-2">
      <RadioCards
        legend={m.workspace_channel_mentions_legend()}
        choices={options}
        value={save.isRunning ? chosen : who}
        onChange={(next) => {
          setChosen(next);
          save.run(next);
        }}
      />
      <FailureNotice failure={save.failure} />
      <span role="status" className="min-h-5 text-[13px] text-soft">
        {save.isDone && m.ui_saved()}
      </span>
    </div>
  );
}
