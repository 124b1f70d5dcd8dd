/** The dialogs of a public or private channel, loaded when they are opened. */
import { m } from '../../paraglide/messages';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { lazyDialog } from '../../ui/lazyDialog';
import type { ChannelDialog } from './ChannelMenu';
import { type Channel, isArchived } from './channel';

const dialogs = {
  members: lazyDialog(async () => (await import('./ChannelMembersDialog')).ChannelMembersDialog),
  add: lazyDialog(async () => (await import('./AddPeopleDialog')).AddPeopleDialog),
  rename: lazyDialog(async () => (await import('./RenameChannelDialog')).RenameChannelDialog),
  topic: lazyDialog(async () => (await import('./EditTopicDialog')).EditTopicDialog),
  archive: lazyDialog(async () => (await import('./ArchiveChannelDialog')).ArchiveChannelDialog),
};

interface Props {
  channel: Channel;
  /** The open dialog. */
  open: ChannelDialog | null;
  onClose(): void;
  onLeave(): void;
}

export function ChannelDialogs({ channel, open, onClose, onLeave }: Props) {
  return (
    <>
      {Object.entries(dialogs).map(([name, Loaded]) => (
        <Loaded key={name} channel={channel} open={open === name} onClose={onClose} />
      ))}
      <ConfirmDialog
        open={open === 'leave'}
        title={m.channel_leave_question({ channel: channel.name ?? '' })}
        action={m.channel_leave_action()}
        onClose={onClose}
        onConfirm={onLeave}
      >
        {isArchived(channel) ? m.channel_leave_archived() : m.channel_leave_private()}
      </ConfirmDialog>
    </>
  );
}
