/** Sends a message and writes the response to the cache. */
import type { ApolloClient } from '@apollo/client';
import { withFailure } from '../../apollo/failure';
import { mutate } from '../../apollo/mutate';
import { graphql } from '../../gql';
import { entryOf, timelineKey, writeSentMessage } from './messageCache';
import type { Outgoing, SendResult } from './outbox';
import type { Timelines } from './timelines';

const SEND_MESSAGE = graphql(`
  mutation SendMessage($input: SendMessageInput!) {
    sendMessage(input: $input) {
      status
      message {
        ...Message
      }
    }
  }
`);

/**
 * Sends a message and adds it to its timeline. Its event then changes nothing. A queued message has no
 * position yet.
 */
export function sendMessage(
  client: ApolloClient,
  timelines: Timelines,
  outgoing: Outgoing,
): Promise<SendResult> {
  const { id, channelId, rootId, text, files = [], confirmed } = outgoing;
  const attachmentIds = files.map((file) => file.id);
  const input = {
    ...{ id, channelId, threadId: rootId, text },
    ...(attachmentIds.length > 0 && { attachmentIds }),
    ...(confirmed && { confirmChannelMention: true }),
  };
  return withFailure(async () => {
    // A retry returns the original message; the cache may be newer.
    const options = { fetchPolicy: 'no-cache' } as const;
    const { message } = (await mutate(client, SEND_MESSAGE, input, options)).sendMessage;
    if (!message) return 'queued';
    writeSentMessage(client.cache, message);
    timelines.add(timelineKey(message), entryOf(message));
    return 'sent';
  });
}
