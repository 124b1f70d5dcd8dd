/** The sign of a kind of channel. */
import { Hash, Lock, MessageCircle, Users } from 'lucide-react';
import type { ChannelKind } from '../../gql/graphql';

interface Props {
  kind: ChannelKind;
  /** How many people a direct channel has, the viewer among them. */
  people?: number;
  size?: number;
}

export function ChannelIcon({ kind, people = 2, size = 14 }: Props) {
  const Icon =
    kind === 'PRIVATE' ? Lock : kind === 'PUBLIC' ? Hash : people > 2 ? Users : MessageCircle;
  return <Icon size={size} aria-hidden="true" className="shrink-0 text-faint" />;
}
