/** Test fixture: channels. */
import type { Channel } from './channel';

/** The public channel `chn_1`, created by Ann, with two members. */
export function channelWith(given: Partial<Channel> = {}): Channel {
  return {
    __typename: 'Channel',
    id: 'chn_1',
    kind: 'PUBLIC',
    name: 'general',
    topic: '',
    createdAt: '2026-01-01T00:00:00.000Z',
    archivedAt: null,
    creatorId: 'mem_ann',
    memberCount: 2,
    viewerIsMember: true,
    directMembers: [],
    ...given,
  };
}
