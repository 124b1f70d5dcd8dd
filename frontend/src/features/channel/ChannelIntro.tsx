/** The introduction above the first message of a channel. */
import { m } from '../../paraglide/messages';
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
          ? m.channel_intro_direct()
          : channel.kind === 'PRIVATE'
            ? m.channel_intro_private()
            : m.channel_intro_public()}
      </p>
    </div>
  );
}
