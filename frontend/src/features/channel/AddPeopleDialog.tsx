/** The dialog that adds members to a channel. */
import { m } from '../../paraglide/messages';
import type { ChannelDialogProps } from './channel';
import { PeopleDialog } from './PeopleDialog';
import { useAddPeople } from './useAddPeople';

export function AddPeopleDialog({ channel, ...dialog }: ChannelDialogProps) {
  return (
    <PeopleDialog
      {...dialog}
      title={m.channel_add_people_dialog_title({ channel: channel.name ?? '' })}
      label={m.channel_add_people_dialog_people()}
      verb={m.channel_add_people_dialog_add()}
      action={useAddPeople(channel.id)}
    />
  );
}
