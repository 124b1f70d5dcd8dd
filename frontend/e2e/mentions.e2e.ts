/**
 * The server notifies exactly the members that the client renders as mentioned: sends generated texts to the real
 * server and compares its response with the client's parser.
 *
 * Requires the server's binary in CONFAB_BIN. Without it the tests are skipped; in CI they fail.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderedMentions } from '../src/features/message/grammar';
import { canBeSkipped, missing, serverBinary } from './environment';
import { Server } from './server';

const texts = 1500;
const longest = 24;

/** Fragments that start or end code, escapes, URLs, quotes, lists and table rows. */
const pieces = (me: string) => [
  ...['`', '``', '```', '~', '~~~', ' ', '    ', '<', '>', '\\', '|', '[', ']', '(', ')', ']('],
  ...['\n', '\n', '\n\n', '> ', '- ', '1. ', '#', '*', '_', '!', '"', ':', 'a', '&lt;'],
  ...['https://example.org', 'https://example.org/', '<https://example.org/', 'mailto:a@b.c'],
  ...['<div>', '</div>', '<pre>', '<!--', '-->', 'x:', ']: '],
  ...[`<@${me}>`, `<@${me}>`, `<@${me}>`, '<!channel>', '<!here>'],
];

/** Seeded random numbers, the same in every run (mulberry32). */
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

describe.skipIf(canBeSkipped)(`mentions${missing && ` (${missing})`}`, () => {
  let server: Server;
  let token = '';

  async function execute<T>(query: string, variables: Record<string, unknown>): Promise<T> {
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
    // A single user sends far more than the rate limits allow.
    const unlimited = { CONFAB_ACCOUNT_RATE_FACTOR: '1000', CONFAB_WORKSPACE_RATE_FACTOR: '1000' };
    server = await Server.start(serverBinary(), unlimited);
  });

  afterAll(async () => {
    await server?.remove();
  });

  it('match those the client renders', async () => {
    const input = { email: 'ann@example.com', name: 'Ann', password: 'a long enough password' };
    const registered = await execute<{ register: { token: string } }>(
      'mutation ($input: RegisterInput!) { register(input: $input) { token } }',
      { input },
    );
    token = registered.register.token;
    const { createWorkspace } = await execute<{
      createWorkspace: {
        workspace: { id: string; me: { id: string }; channels: { nodes: { id: string }[] } };
      };
    }>(
      `mutation ($input: CreateWorkspaceInput!) { createWorkspace(input: $input) {
        workspace { id me { id } channels { nodes { id } } } } }`,
      { input: { name: 'Acme' } },
    );
    const { me, channels } = createWorkspace.workspace;
    const channelId = channels.nodes[0]?.id;
    let mentioning = 0;
    for (const text of generate(me.id)) {
      const sent = await execute<{
        sendMessage: { message: { mentionedIds: string[]; mentionsChannel: boolean } };
      }>(
        `mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
          message { mentionedIds mentionsChannel } } }`,
        { input: { channelId, text } },
      );
      const { mentionedIds, mentionsChannel } = sent.sendMessage.message;
      const drawn = renderedMentions(text);
      const isEverybody = (target: string) => target === 'channel' || target === 'here';
      expect({ text, mentionedIds, mentionsChannel }).toEqual({
        text,
        mentionedIds: [...new Set(drawn.filter((target) => !isEverybody(target)))],
        mentionsChannel: drawn.some(isEverybody),
      });
      if (drawn.length > 0) mentioning += 1;
    }
    // Both outcomes are common, so that either can fail.
    expect(mentioning).toBeGreaterThan(texts / 5);
  });
});
