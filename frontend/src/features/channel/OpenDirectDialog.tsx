/** The dialog that opens a direct channel with the chosen members. */
import { m } from '../../paraglide/messages';
import { PeopleDialog } from './PeopleDialog';
import { useOpenDirect } from './useOpenDirect';

/** A direct channel has at most nine members, including the viewer. */
const maxOtherMembers = 8;

export function OpenDirectDialog(dialog: { open: boolean; onClose(): void }) {
  return (
    <PeopleDialog
      {...dialog}
      title={m.channel_open_direct_dialog_title()}
      label={m.channel_open_direct_dialog_to()}
      verb={m.channel_open_direct_dialog_start()}
      action={useOpenDirect()}
      limit={maxOtherMembers}
    />
  );
}
