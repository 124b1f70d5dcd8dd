/** The channel fragment and queries, and what the views of channels share. */
import type { FormField } from '../../apollo/ActionForm';
import { graphql } from '../../gql';
import type { ChannelFragment } from '../../gql/graphql';
import { m } from '../../paraglide/messages';

export type Channel = ChannelFragment;

/** Omits `readState`: read states come from boot and are updated only by events. */
export const CHANNEL = graphql(`
  fragment Channel on Channel {
    id
    kind
    name
    topic
    createdAt
    archivedAt
    creatorId
    memberCount
    viewerIsMember
    directMembers {
      ...Member
    }
  }
`);

export const CHANNEL_BY_ID = graphql(`
  query ChannelById($id: ID!) {
    channel(id: $id) {
      ...Channel
    }
  }
`);

export interface ChannelDialogProps {
  channel: Channel;
  open: boolean;
  onClose(): void;
}

/** The field of a public or private channel's name. */
export function channelNameField(): FormField {
  return {
    label: m.ui_name(),
    name: 'name',
    maxCharacters: 80,
    required: true,
    hint: m.channel_name_hint(),
  };
}

/** Whether the viewer may rename, archive and unarchive the channel. */
export function canManage(channel: Channel, me: { id: string; role: string }): boolean {
  return channel.kind !== 'DIRECT' && (me.role !== 'MEMBER' || channel.creatorId === me.id);
}

/** Archived channels are left out of the sidebar, its shortcuts and its counts. */
export function isArchived(channel: Pick<Channel, 'archivedAt'>): boolean {
  return channel.archivedAt !== null;
}

/** The display name of a channel: its name, or the other members of a direct channel. */
export function channelTitle(channel: Channel, meId: string): string {
  if (channel.kind !== 'DIRECT') return channel.name ?? '';
  const others = channel.directMembers.filter((member) => member.id !== meId);
  if (others.length === 0)
    return m.channel_title_own({ name: channel.directMembers[0]?.name ?? m.channel_you() });
  return others.map((member) => member.name).join(', ');
}

/** The display name with a hash, except for direct channels. */
export function channelLabel(channel: Channel, meId: string): string {
  const title = channelTitle(channel, meId);
  return channel.kind === 'DIRECT' ? title : `#${title}`;
}

/** The other member of a one-to-one channel, or the viewer in a channel with only themselves. */
export function directPartner(
  channel: Channel,
  meId: string,
): Channel['directMembers'][number] | undefined {
  if (channel.kind !== 'DIRECT') return undefined;
  const others = channel.directMembers.filter((member) => member.id !== meId);
  return others.length < 2 ? (others[0] ?? channel.directMembers[0]) : undefined;
}

/** Sorts by title rather than by activity, so that the list does not reorder while in use. */
export function byTitle(meId: string): (a: Channel, b: Channel) => number {
  return (a, b) => channelTitle(a, meId).localeCompare(channelTitle(b, meId));
}

/** The channels of the sidebar in its order: channels with a name, then direct channels. */
export function sidebarChannels<C extends Channel>(channels: readonly C[], meId: string) {
  const sorted = channels.filter((channel) => !isArchived(channel)).sort(byTitle(meId));
  const isDirect = ({ kind }: C) => kind === 'DIRECT';
  return {
    named: sorted.filter((channel) => !isDirect(channel)),
    direct: sorted.filter(isDirect),
  };
}
