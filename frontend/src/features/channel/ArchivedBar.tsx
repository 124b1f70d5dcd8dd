/** Replaces the composer of an archived channel, which is read-only. */
import { FailureNotice } from '../../apollo/FailureNotice';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { useMe } from '../workspace/workspaceContext';
import { type Channel, canManage } from './channel';
import { bar } from './JoinBar';
import { useUnarchiveChannel } from './useUnarchiveChannel';

/** Lets those who may unarchive the channel. */
export function ArchivedBar({ channel }: { channel: Channel }) {
  const me = useMe();
  const unarchive = useUnarchiveChannel(channel.id);
  return (
    <div role="status" className={bar}>
      <FailureNotice failure={unarchive.failure} />
      <span className="text-soft">{m.channel_archived_bar_archived()}</span>
      {canManage(channel, me) && (
        <Button small disabled={unarchive.isRunning} onClick={unarchive.run}>
          {m.channel_archived_bar_unarchive()}
        </Button>
      )}
    </div>
  );
}
