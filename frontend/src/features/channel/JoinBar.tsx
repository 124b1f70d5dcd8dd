/** Replaces the composer for a viewer who is not a member of the channel. */
import { FailureNotice } from '../../apollo/FailureNotice';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { RichText } from '../../ui/RichText';
import { BrowseChannelsLink } from './BrowseChannelsLink';
import type { Channel } from './channel';
import { useJoinChannel } from './useJoinChannel';

/** Offers to join a public channel, or links to the channel browser. */
export function JoinBar({ channel }: { channel: Channel }) {
  const join = useJoinChannel(channel.id);
  if (channel.kind !== 'PUBLIC') {
    return (
      <div className={bar}>
        <span className="text-soft">{m.channel_join_bar_left()}</span>
        <BrowseChannelsLink />
      </div>
    );
  }
  return (
    <div className={bar}>
      <FailureNotice failure={join.failure} />
      <span className="text-soft">
        <RichText message={m.channel_join_bar_viewing} inputs={{ name: channel.name ?? '' }} />
      </span>
      <Button variant="primary" small disabled={join.isRunning} onClick={join.run}>
        {m.channel_join_bar_join()}
      </Button>
    </div>
  );
}

export const bar =
  'flex items-center justify-center gap-3 rounded-xl border border-line bg-side px-4 py-2.5';
