/** The icon of a channel kind. */
import { Hash, Lock, MessageCircle, Users } from 'lucide-react';
import type { ChannelKind } from '../../gql/graphql';

interface Props {
  kind: ChannelKind;
  /** Number of members of a direct channel, including the viewer. */
  memberCount?: number;
  size?: number;
}

export function ChannelIcon({ kind, memberCount = 2, size = 14 }: Props) {
  const Icon =
    kind === 'PRIVATE' ? Lock : kind === 'PUBLIC' ? Hash : memberCount > 2 ? Users : MessageCircle;
  return <Icon size={size} aria-hidden="true" className="shrink-0 text-faint" />;
}
