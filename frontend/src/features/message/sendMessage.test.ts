/** A late response must not revert later changes of the message. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createCache } from '../../apollo/cache';
import { messageDeleted, messageEdited, messageSent, readMessage } from './messageCache';
import { messageWith } from './messageFixture';
import { sendMessage } from './sendMessage';
import { Timelines } from './timelines';

const at = '2026-01-01T00:00:00.000Z';
const sent = messageWith({ seq: 6, id: 'msg_1', text: 'first' });
const outgoing = {
  id: 'msg_1',
  channelId: 'chn_1',
  rootId: null,
  text: 'first',
  createdAt: at,
};

/** A client whose server always responds with the original message. */
function clientOf(): ApolloClient {
  const sendMessage = { __typename: 'SendMessagePayload', status: 'SENT', message: sent };
  const link = new ApolloLink(() => of({ data: { sendMessage } }));
  return new ApolloClient({ cache: createCache(), link });
}

describe('sendMessage', () => {
  it('writes the first response', async () => {
    const client = clientOf();
    await sendMessage(client, new Timelines(), outgoing);
    expect(readMessage(client.cache, 'msg_1')?.text).toBe('first');
  });

  it('does not overwrite an edited or deleted message', async () => {
    const client = clientOf();
    const timelines = new Timelines();
    messageSent(client.cache, timelines, sent);
    messageEdited(client.cache, { ...sent, text: 'second', editedAt: at });
    await sendMessage(client, timelines, outgoing);
    expect(readMessage(client.cache, 'msg_1')).toMatchObject({ text: 'second', editedAt: at });
    messageDeleted(client.cache, { id: 'msg_1', deletedAt: at });
    await sendMessage(client, timelines, outgoing);
    expect(readMessage(client.cache, 'msg_1')).toMatchObject({ text: '', deletedAt: at });
  });
});
