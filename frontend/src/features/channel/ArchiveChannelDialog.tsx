/** The dialog that archives a channel. */
import { FailureNotice } from '../../apollo/FailureNotice';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import type { Channel } from './channel';
import { useArchiveChannel } from './useArchiveChannel';

interface Props {
  channel: Channel;
  open: boolean;
  onClose(): void;
}

export function ArchiveChannelDialog({ channel, open, onClose }: Props) {
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={m.channel_archive_channel_dialog_question({ channel: channel.name ?? '' })}
    >
      <Confirmation channel={channel} onClose={onClose} />
    </Dialog>
  );
}

function Confirmation({ channel, onClose }: Omit<Props, 'open'>) {
  const archive = useArchiveChannel(channel.id);
  async function submit() {
    if (await archive.run()) onClose();
  }
  return (
    <div className="flex flex-col gap-4">
      <p className="text-soft">{m.channel_archive_channel_dialog_consequence()}</p>
      <FailureNotice failure={archive.failure} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{m.ui_cancel()}</Button>
        <Button variant="danger" disabled={archive.isRunning} onClick={submit}>
          {m.channel_archive_channel_dialog_action()}
        </Button>
      </div>
    </div>
  );
}
