/** The dialogs of a public or private channel, loaded when they are opened. */
import { lazy } from 'react';
import { m } from '../../paraglide/messages';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { MountOnOpen } from '../../ui/MountOnOpen';
import type { ChannelDialog } from './ChannelMenu';
import { type Channel, isArchived } from './channel';

const AddPeopleDialog = lazy(async () => ({
  default: (await import('./AddPeopleDialog')).AddPeopleDialog,
}));
const ArchiveChannelDialog = lazy(async () => ({
  default: (await import('./ArchiveChannelDialog')).ArchiveChannelDialog,
}));
const ChannelMembersDialog = lazy(async () => ({
  default: (await import('./ChannelMembersDialog')).ChannelMembersDialog,
}));
const EditTopicDialog = lazy(async () => ({
  default: (await import('./EditTopicDialog')).EditTopicDialog,
}));
const RenameChannelDialog = lazy(async () => ({
  default: (await import('./RenameChannelDialog')).RenameChannelDialog,
}));

const dialogs = {
  members: ChannelMembersDialog,
  add: AddPeopleDialog,
  rename: RenameChannelDialog,
  topic: EditTopicDialog,
  archive: ArchiveChannelDialog,
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
        <MountOnOpen key={name} open={open === name} onClose={onClose}>
          <Loaded channel={channel} open={open === name} onClose={onClose} />
        </MountOnOpen>
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
