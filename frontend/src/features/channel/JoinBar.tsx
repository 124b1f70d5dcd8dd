import { failureOf } from '../../apollo/failure';
import { Button } from '../../ui/Button';
import type { Channel } from './channel';
import { useJoinChannel } from './useJoinChannel';

/** In place of the composer, for those who look into a channel that they are not in. */
export function JoinBar({ channel }: { channel: Channel }) {
  const { join, loading, error } = useJoinChannel();
  return (
    <div className="flex items-center justify-center gap-3 rounded-xl border border-line bg-side px-4 py-2.5">
      <span className={error ? 'text-danger' : 'text-soft'}>
        {error ? failureOf(error).message : `You are looking at #${channel.name}.`}
      </span>
      <Button look="primary" small disabled={loading} onClick={() => join(channel.id)}>
        Join channel
      </Button>
    </div>
  );
}
