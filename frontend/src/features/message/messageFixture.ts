/** Test fixture: messages. */
import type { Message } from './message';

/** A message of Ann in the channel `chn_1`, sent `seq` seconds after the start of 2026. */
export function messageWith(given: Partial<Message> & { seq: number }): Message {
  const { seq } = given;
  return {
    __typename: 'Message',
    id: `msg_${seq}`,
    channelId: 'chn_1',
    authorId: 'mem_ann',
    rootId: null,
    text: `text ${seq}`,
    mentionedIds: [],
    mentionsChannel: false,
    createdAt: new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString(),
    editedAt: null,
    deletedAt: null,
    reactions: [],
    thread: null,
    files: [],
    ...given,
  };
}
