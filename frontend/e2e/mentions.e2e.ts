/**
 * The server notifies exactly the members that the client renders as mentioned: sends generated texts to the real
 * server and compares its response with the client's parser.
 *
 * Requires the server's binary in CONFAB_BIN. Without it the tests are skipped; in CI they fail.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderedMentions } from '../src/features/message/grammar';
import { canBeSkipped, missing } from './environment';
import { numbers } from './numbers';
import { Server, unlimited } from './server';

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

function generate(me: string): string[] {
  const below = numbers(20261129);
  const all = pieces(me);
  return Array.from({ length: texts }, () =>
    Array.from({ length: 1 + below(longest) }, () => all[below(all.length)]).join(''),
  ).filter((text) => text.includes('<@') || text.includes('<!'));
}

describe.skipIf(canBeSkipped)(`mentions${missing && ` (${missing})`}`, () => {
  const server = new Server(unlimited);
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

  beforeAll(() => server.start());

  afterAll(() => server.remove());

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
