/** The channel as the sidebar and the header need it. */
import { graphql } from '../../gql';
import type { ChannelFragment } from '../../gql/graphql';

export type Channel = ChannelFragment;

/** Without `reading`: unread counts come from boot and are carried on by events alone. */
export const CHANNEL = graphql(`
  fragment Channel on Channel {
    id
    kind
    name
    topic
    createdAt
    memberCount
    viewerIsMember
    directMembers {
      ...Member
    }
  }
`);

export const CHANNEL_BY_ID = graphql(`
  query ChannelById($workspaceId: ID!, $id: ID!) {
    channel(workspaceId: $workspaceId, id: $id) {
      ...Channel
    }
  }
`);

/** How a channel is called: its name, or the other people of a direct one. */
export function channelTitle(channel: Channel, meId: string): string {
  if (channel.kind !== 'DIRECT') return channel.name ?? '';
  const others = channel.directMembers.filter((member) => member.id !== meId);
  if (others.length === 0) return `${channel.directMembers[0]?.name ?? 'You'} (you)`;
  return others.map((member) => member.name).join(', ');
}

/** The one other person of a direct channel of two, or the viewer alone with their notes. */
export function otherOf(
  channel: Channel,
  meId: string,
): Channel['directMembers'][number] | undefined {
  if (channel.kind !== 'DIRECT') return undefined;
  const others = channel.directMembers.filter((member) => member.id !== meId);
  return others.length < 2 ? (others[0] ?? channel.directMembers[0]) : undefined;
}

/** By name for channels; who wrote last does not reorder the list under one's hands. */
export function byTitle(meId: string): (a: Channel, b: Channel) => number {
  return (a, b) => channelTitle(a, meId).localeCompare(channelTitle(b, meId));
}
