/** The channel header: name, topic, search, files, members and the channel menu. */
import { useNavigate } from '@tanstack/react-router';
import { Files, UserPlus, Users } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { PresentAvatar } from '../presence/PresentAvatar';
import { BackLink } from '../workspace/BackLink';
import { useMe, useWorkspace } from '../workspace/workspaceContext';
import { ChannelDialogs } from './ChannelDialogs';
import { ChannelIcon } from './ChannelIcon';
import { type ChannelDialog, ChannelMenu } from './ChannelMenu';
import { type Channel, channelTitle, directPartner, isArchived } from './channel';
import { useLeaveChannel } from './useJoinChannel';
import { useUnarchiveChannel } from './useUnarchiveChannel';

const topicClass = 'hidden min-w-24 shrink-9999 truncate text-[13px] text-faint sm:block';

interface Props {
  channel: Channel;
  /** The link to the search. */
  search: ReactNode;
  showsFiles: boolean;
  /** Toggles the files pane. */
  onShowFiles(): void;
}

export function ChannelHeader({ channel, search, showsFiles, onShowFiles }: Props) {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const navigate = useNavigate();
  const leave = useLeaveChannel(channel.id);
  const unarchive = useUnarchiveChannel(channel.id);
  const [dialog, setDialog] = useState<ChannelDialog | null>(null);
  async function leaveNow() {
    if (await leave.run()) navigate({ to: '/w/$workspaceId', params: { workspaceId } });
  }
  const direct = channel.kind === 'DIRECT';
  const other = directPartner(channel, me.id);
  const title = channelTitle(channel, me.id);
  const canWrite = !direct && channel.viewerIsMember && !isArchived(channel);
  return (
    <>
      <header className="flex h-13 shrink-0 items-center gap-2 border-b border-line px-4 touch:gap-0.5 touch:px-2">
        <BackLink />
        {other ? (
          <PresentAvatar id={other.id} name={other.name} url={other.avatarUrl} size={24} />
        ) : (
          <ChannelIcon kind={channel.kind} memberCount={channel.directMembers.length} size={16} />
        )}
        {/* The topic shrinks first, then the name. */}
        <div className="flex min-w-0 flex-1 items-baseline gap-2">
          <h1 dir="auto" title={title} className="min-w-0 truncate text-[15px] font-semibold">
            {title}
          </h1>
          {canWrite ? (
            <button
              type="button"
              dir="auto"
              title={
                channel.topic === ''
                  ? m.channel_header_add_topic()
                  : m.channel_header_edit_topic({ topic: channel.topic })
              }
              onClick={() => setDialog('topic')}
              className={`${topicClass} text-left hover:underline touch:h-11`}
            >
              {channel.topic === '' ? m.channel_header_add_topic() : channel.topic}
            </button>
          ) : (
            channel.topic !== '' && (
              <p dir="auto" title={channel.topic} className={topicClass}>
                {channel.topic}
              </p>
            )
          )}
        </div>
        {search}
        <IconButton
          label={m.channel_header_files()}
          aria-pressed={showsFiles}
          onClick={onShowFiles}
        >
          <Files size={16} />
        </IconButton>
        {!direct && (
          <>
            <button
              type="button"
              onClick={() => setDialog('members')}
              title={m.channel_header_members()}
              className="flex h-7 items-center gap-1.5 rounded-md px-2 text-soft hover:bg-hover touch:h-11 touch:min-w-11"
            >
              <Users size={15} aria-hidden="true" />
              <span aria-hidden="true" className="tabular-nums">
                {channel.memberCount}
              </span>
              <span className="sr-only">
                {m.channel_header_member_count({ count: channel.memberCount })}
              </span>
            </button>
            {canWrite && (
              <IconButton
                label={m.channel_header_add_people()}
                className="touch:hidden"
                onClick={() => setDialog('add')}
              >
                <UserPlus size={16} />
              </IconButton>
            )}
            <ChannelMenu
              channel={channel}
              onOpen={setDialog}
              onUnarchive={unarchive.run}
              onLeave={leaveNow}
            />
            <ChannelDialogs
              channel={channel}
              open={dialog}
              onClose={() => setDialog(null)}
              onLeave={leaveNow}
            />
          </>
        )}
      </header>
      <FailureNotice failure={leave.failure} />
      <FailureNotice failure={unarchive.failure} />
    </>
  );
}
