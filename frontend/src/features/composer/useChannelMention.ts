/** Permission and confirmation of channel mentions. */
import { renderedMentions } from '../message/grammar';
import { useBoot, useMe, useViewerChannel } from '../workspace/workspaceContext';

/** The server requires confirmation for channels with more members than this. */
const confirmAbove = 50;

export interface ChannelMention {
  /** Restricted to owners and admins, and the viewer is neither. */
  isDenied: boolean;
  /** Number of notified members, if confirmation is required. */
  recipientCount: number | null;
}

const none: ChannelMention = { isDenied: false, recipientCount: null };

/** `before` is the stored text before an edit. */
export function useChannelMention(
  channelId: string | undefined,
  before = '',
): (stored: string) => ChannelMention {
  const channel = useViewerChannel(channelId);
  const me = useMe();
  const channelMentions = useBoot(({ workspace }) => workspace.channelMentions);
  return (stored) => {
    if (!mentionsChannel(stored) || mentionsChannel(before)) return none;
    if (!channel || channel.kind === 'DIRECT') return none;
    const { memberCount } = channel;
    return {
      isDenied: channelMentions === 'ADMINS' && me.role === 'MEMBER',
      recipientCount: memberCount > confirmAbove ? memberCount : null,
    };
  };
}

function mentionsChannel(stored: string): boolean {
  if (!stored.includes('<!')) return false;
  return renderedMentions(stored).some((target) => target === 'channel' || target === 'here');
}
