/** The introduction above the first message of a channel. */
import { useMe } from '../workspace/workspaceContext';
import { ChannelIcon } from './ChannelIcon';
import { type Channel, channelTitle } from './channel';

export function ChannelIntro({ channel }: { channel: Channel }) {
  const me = useMe();
  const title = channelTitle(channel, me.id);
  return (
    <div className="px-4 pt-10 pb-2">
      <div className="mb-3 inline-flex size-11 items-center justify-center rounded-xl bg-tint [&_svg]:text-tint-ink">
        <ChannelIcon kind={channel.kind} memberCount={channel.directMembers.length} size={20} />
      </div>
      <h2 className="text-[19px] font-semibold tracking-tight">{title}</h2>
      <p className="mt-0.5 text-soft">
        {channel.kind === 'DIRECT'
          ? 'This is the start of your conversation. Only its members can read it.'
          : channel.kind === 'PRIVATE'
            ? 'This is the start of a private channel. Only members can read it.'
            : 'This is the start of the channel. Everyone in the workspace can find and join it.'}
      </p>
    </div>
  );
}
