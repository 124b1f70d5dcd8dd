/** In place of the composer, for those who are not in the channel that they look at. */
import { failureOf } from '../../apollo/failure';
import { Button } from '../../ui/Button';
import { BrowseLink } from './BrowseLink';
import type { Channel } from './channel';
import { useJoinChannel } from './useJoinChannel';

/** A public channel can be joined; out of another one there is only the way back. */
export function JoinBar({ channel }: { channel: Channel }) {
  const { join, loading, error } = useJoinChannel();
  if (channel.kind !== 'PUBLIC') {
    return (
      <div className={bar}>
        <span className="text-soft">You are no longer in this channel.</span>
        <BrowseLink />
      </div>
    );
  }
  return (
    <div className={bar}>
      <span className={error ? 'text-danger' : 'text-soft'}>
        {error ? (
          failureOf(error).message
        ) : (
          <>
            You are looking at <bdi>#{channel.name}</bdi>.
          </>
        )}
      </span>
      <Button look="primary" small disabled={loading} onClick={() => join(channel.id)}>
        Join channel
      </Button>
    </div>
  );
}

const bar =
  'flex items-center justify-center gap-3 rounded-xl border border-line bg-side px-4 py-2.5';
