/** Invalid URLs show "not found" with a way on; invite pages recognize members; hints depend on the keyboard. */
import { beforeAll, expect, it } from 'vitest';
import { describeEndToEnd } from './fixture';
import { execute } from './graphql';
import { createWorkspace, invite } from './setup';
import { TestUser } from './testUser';

const unknown = '01h455vb4pex5vsknk084sn02q';

const ann = new TestUser('Ann', { viewport: { width: 1280, height: 800 } });

describeEndToEnd('URLs', { users: [ann], expectedErrors: /40[04]/ }, ({ browser, server }) => {
  let channel: string;
  let workspace: string;

  beforeAll(async () => {
    await createWorkspace(ann);
    await ann.write('The first message');
    await ann.expectMessage('The first message');
    channel = new URL(ann.page.url()).pathname;
    workspace = channel.replace(/\/c\/.*/, '');
  });

  const isSaid = async (text: RegExp | string) => {
    await ann.page.getByText(text).first().waitFor();
    // The server's messages about ids are for developers.
    expect(await ann.page.getByText('UUID').count()).toBe(0);
  };

  it.each(['nope', `chn_${unknown}${unknown}`])('reports an unknown channel: %s', async (id) => {
    const { page } = ann;
    await page.goto(`${workspace}/c/${id}`);
    await isSaid(/This channel doesn't exist, or you don't have access/);
    await page.getByRole('link', { name: 'Browse channels' }).last().click();
    await page.getByRole('heading', { name: 'Channels', level: 1 }).waitFor();
  });

  it.each(['nope', `wks_${unknown}`])('reports an unknown workspace: %s', async (id) => {
    await ann.page.goto(`/w/${id}`);
    await isSaid('Workspace not found');
    await ann.page.getByRole('button', { name: 'Go to your workspaces' }).click();
    await ann.expectMessage('The first message');
  });

  it.each(['nope', `msg_${unknown}${unknown}`])('reports an unknown message: %s', async (id) => {
    await ann.page.goto(`${channel}?m=${id}`);
    await isSaid("This message doesn't exist, or you don't have access.");
    await ann.page.getByRole('button', { name: 'Show latest messages' }).click();
    await ann.expectMessage('The first message');
  });

  it.each(['nope', `msg_${unknown}${unknown}`])('reports an unknown thread: %s', async (id) => {
    const { page } = ann;
    await page.goto(`${channel}?thread=${id}&reply=${id}`);
    await isSaid("This thread doesn't exist, or you don't have access.");
    await page.getByRole('button', { name: 'Back to channel' }).click();
    await page.getByRole('complementary', { name: 'Thread' }).waitFor({ state: 'detached' });
    await ann.expectMessage('The first message');
  });

  it('opens the thread of a reply', async () => {
    const { page } = ann;
    const [, channelId] = /\/c\/([^/?]+)/.exec(channel) ?? [];
    const send = async (text: string, threadId?: string) => {
      const { sendMessage } = await execute<{ sendMessage: { message: { id: string } } }>(
        page,
        `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }`,
        { input: { channelId, text, ...(threadId && { threadId }) } },
      );
      return sendMessage.message.id;
    };
    const root = await send('It begins here');
    const reply = await send('And goes on here', root);
    await page.goto(`${channel}?m=${reply}`);
    await page.getByRole('feed', { name: 'Replies' }).getByText('And goes on here').waitFor();
    await ann.message('It begins here').waitFor();
    expect(new URL(page.url()).searchParams.get('thread')).toBe(root);
    expect(await page.getByText("This message doesn't exist").count()).toBe(0);
  });

  it('reports unknown pages and invites', async () => {
    await ann.page.goto(`${workspace}/nope`);
    await isSaid('Page not found');
    await ann.page.goto('/invite/nope');
    await isSaid('This invite link is no longer valid');
    await ann.page.getByRole('link', { name: 'Go to Confab' }).click();
    await ann.expectMessage('The first message');
  });

  it('opens the workspace if its member follows an invite', async () => {
    const link = await invite(ann);
    await ann.page.goto(link);
    await ann.page.getByRole('heading', { name: "You're already a member of Acme" }).waitFor();
    expect(await ann.page.getByText('Join').count()).toBe(0);
    await ann.page.getByRole('button', { name: 'Open Acme' }).click();
    await ann.expectMessage('The first message');
  });

  it('shows keyboard hints only with a keyboard', async () => {
    const keys = ann.page.locator('kbd');
    await ann.page.goto(workspace);
    await keys.first().waitFor();
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const { cookies } = await ann.page.context().storageState();
    const context = await browser().newContext({ baseURL: server.origin, ...phone });
    await context.addCookies(cookies);
    const page = await context.newPage();
    await page.goto(workspace);
    await page.getByRole('link', { name: 'People' }).waitFor();
    expect(await page.locator('kbd:visible').count()).toBe(0);
    await context.close();
  });
});
