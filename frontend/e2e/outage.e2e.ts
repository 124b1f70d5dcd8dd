/** A server that stops or hangs and recovers: data that failed to load is loaded automatically. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeEndToEnd, effect } from './fixture';
import { execute } from './graphql';
import { createSharedWorkspace } from './setup';
import { TestUser } from './testUser';

const [ann, ben] = [new TestUser('Ann'), new TestUser('Ben')];

describeEndToEnd('outage', { users: [ann, ben] }, ({ server }) => {
  beforeAll(async () => {
    await createSharedWorkspace(ann, ben);
    const workspaceId = /\/w\/([^/]+)/.exec(ann.page.url())?.[1] ?? '';
    for (const name of ['plans', 'backend']) {
      const made = await execute<{ createChannel: { channel: { id: string } } }>(
        ann.page,
        `mutation ($input: CreateChannelInput!) { createChannel(input: $input) { channel { id } } }`,
        { input: { workspaceId, name } },
      );
      const channelId = made.createChannel.channel.id;
      await execute(
        ben.page,
        `mutation ($input: JoinChannelInput!) { joinChannel(input: $input) { channel { id } } }`,
        { input: { channelId } },
      );
      await execute(
        ann.page,
        `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }`,
        { input: { channelId, text: `Written in ${name}` } },
      );
    }
    // With an empty cache of members.
    await ben.page.reload();
    await ben.page.getByLabel('Message #general').waitFor();
  });

  afterAll(() => server.thaw());

  const open = (name: string) =>
    ben.page.getByRole('link', { name: new RegExp(`^${name}`) }).click();

  it('loads a channel opened during the outage', async () => {
    ann.isServerDown = true;
    ben.isServerDown = true;
    await server.kill();
    await open('plans');
    await ben.page.getByText("Can't reach the server").first().waitFor();
    await server.start();
    await ben.expectMessage('Written in plans');
    expect(await ben.message('Written in plans').innerText()).toContain('Ann');
    await expect.poll(() => ben.page.getByText("Can't reach the server").count(), effect).toBe(0);
    await expect.poll(() => ben.page.getByText('Reconnecting…').count(), effect).toBe(0);
  });

  it('is reported when the server hangs', async () => {
    server.freeze();
    await open('backend');
    await ben.page.getByText('The server is slow to respond').waitFor();
    server.thaw();
    await ben.expectMessage('Written in backend');
    await expect
      .poll(() => ben.page.getByText('The server is slow to respond').count(), effect)
      .toBe(0);
  });
});
