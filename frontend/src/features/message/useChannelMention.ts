/** Whether a text mentions everybody in its channel, whether the viewer may, and how many they would be. */
import { useWorkspace } from '../workspace/workspaceContext';
import { drawnMentions } from './grammar';

/** The server wants to be told that many are meant above so many. */
export const confirmAbove = 50;

export interface ChannelMention {
  /** Only owners and admins may, and the viewer is neither. */
  refused: boolean;
  /** How many people it mentions, if that is to be confirmed. */
  people: number | null;
}

const none: ChannelMention = { refused: false, people: null };

/** For texts in a channel of the viewer; `before` is the text that an edit begins with. */
export function useChannelMention(
  channelId: string | undefined,
  before = '',
): (stored: string) => ChannelMention {
  const { channels, channelMentions, me } = useWorkspace();
  return (stored) => {
    if (!mentionsChannel(stored) || mentionsChannel(before)) return none;
    const channel = channels.find(({ id }) => id === channelId);
    if (!channel || channel.kind === 'DIRECT') return none;
    const { memberCount } = channel;
    return {
      refused: channelMentions === 'ADMINS' && me.role === 'MEMBER',
      people: memberCount > confirmAbove ? memberCount : null,
    };
  };
}

function mentionsChannel(stored: string): boolean {
  if (!stored.includes('<!')) return false;
  return drawnMentions(stored).some((target) => target === 'channel' || target === 'here');
}
