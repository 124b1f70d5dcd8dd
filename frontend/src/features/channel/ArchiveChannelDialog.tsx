/** The dialog that archives a channel. */
import { FailureNotice } from '../../apollo/FailureNotice';
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
    <Dialog open={open} onClose={onClose} title={`Archive #${channel.name}?`}>
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
      <p className="text-soft">
        No one can post in an archived channel. It disappears from the sidebar, and everyone who can
        read it now can still read and search it. You can unarchive it at any time.
      </p>
      <FailureNotice failure={archive.failure} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="danger" disabled={archive.isRunning} onClick={submit}>
          Archive
        </Button>
      </div>
    </div>
  );
}
