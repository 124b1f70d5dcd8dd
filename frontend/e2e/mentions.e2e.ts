/**
 * Whoever is notified is whom the client draws as mentioned: generated texts, sent to the real server, whose answer
 * says whom it has found, against the parser that draws.
 *
 * Needs the server's binary in CONFAB_BIN; without it it is skipped, in CI it fails.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawnMentions } from '../src/features/message/grammar';
import { mayBeSkipped, missing, serverBinary } from './environment';
import { Server } from './server';

const texts = 1500;
const longest = 24;

/** Whatever makes code, escapes, addresses, quotes, lists and rows of tables begin or end. */
const pieces = (me: string) => [
  ...['`', '``', '```', '~', '~~~', ' ', '    ', '<', '>', '\\', '|', '[', ']', '(', ')', ']('],
  ...['\n', '\n', '\n\n', '> ', '- ', '1. ', '#', '*', '_', '!', '"', ':', 'a', '&lt;'],
  ...['https://example.org', 'https://example.org/', '<https://example.org/', 'mailto:a@b.c'],
  ...['<div>', '</div>', '<pre>', '<!--', '-->', 'x:', ']: '],
  ...[`<@${me}>`, `<@${me}>`, `<@${me}>`, '<!channel>', '<!here>'],
];

/** The same numbers in every run (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function generate(me: string): string[] {
  const below = numbers(20261129);
  const all = pieces(me);
  return Array.from({ length: texts }, () =>
    Array.from({ length: 1 + below(longest) }, () => all[below(all.length)]).join(''),
  ).filter((text) => text.includes('<@') || text.includes('<!'));
}

describe.skipIf(mayBeSkipped)(`mentions${missing && ` (${missing})`}`, () => {
  let server: Server;
  let token = '';

  async function ask<T>(query: string, variables: Record<string, unknown>): Promise<T> {
    const response = await fetch(`${server.origin}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: T; errors?: unknown };
    expect(errors).toBeUndefined();
    return data;
  }

  beforeAll(async () => {
    // One person sends in a moment what people send in an hour.
    const unlimited = { CONFAB_ACCOUNT_RATE_FACTOR: '1000', CONFAB_WORKSPACE_RATE_FACTOR: '1000' };
    server = await Server.start(serverBinary(), unlimited);
  });

  afterAll(async () => {
    await server?.remove();
  });

  it('are those whom the client draws', async () => {
    const input = { email: 'ann@example.com', name: 'Ann', password: 'a long enough password' };
    const registered = await ask<{ register: { token: string } }>(
      'mutation ($input: RegisterInput!) { register(input: $input) { token } }',
      { input },
    );
    token = registered.register.token;
    const { createWorkspace } = await ask<{
      createWorkspace: {
        workspace: { id: string; me: { id: string }; channels: { nodes: { id: string }[] } };
      };
    }>(
      `mutation ($input: CreateWorkspaceInput!) { createWorkspace(input: $input) {
        workspace { id me { id } channels { nodes { id } } } } }`,
      { input: { name: 'Acme' } },
    );
    const { id: workspaceId, me, channels } = createWorkspace.workspace;
    const channelId = channels.nodes[0]?.id;
    let mentioning = 0;
    for (const text of generate(me.id)) {
      const sent = await ask<{
        sendMessage: { message: { mentionedIds: string[]; mentionsChannel: boolean } };
      }>(
        `mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
          message { mentionedIds mentionsChannel } } }`,
        { input: { workspaceId, channelId, text } },
      );
      const { mentionedIds, mentionsChannel } = sent.sendMessage.message;
      const drawn = drawnMentions(text);
      const isEverybody = (target: string) => target === 'channel' || target === 'here';
      expect({ text, mentionedIds, mentionsChannel }).toEqual({
        text,
        mentionedIds: [...new Set(drawn.filter((target) => !isEverybody(target)))],
        mentionsChannel: drawn.some(isEverybody),
      });
      if (drawn.length > 0) mentioning += 1;
    }
    // Both answers are common, so that each can be wrong.
    expect(mentioning).toBeGreaterThan(texts / 5);
  });
});
