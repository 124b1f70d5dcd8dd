/** Addresses that lead nowhere say so and lead on; pages know whether one is in already, and has keys. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './ask';
import { launchBrowser, mayBeSkipped, missing, serverBinary } from './environment';
import { begin, invite } from './meet';
import { Person } from './person';
import { Server } from './server';

const unknown = '01890000-0000-7000-8000-00000000000a';

describe.skipIf(mayBeSkipped)(`addresses${missing && ` (${missing})`}`, () => {
  let server: Server;
  let browser: Browser;
  let ann: Person;
  let channel: string;
  let workspace: string;

  beforeAll(async () => {
    server = await Server.start(serverBinary());
    browser = await launchBrowser();
    ann = await Person.at(browser, server.origin, 'Ann', {
      viewport: { width: 1280, height: 800 },
    });
    await begin(ann);
    await ann.write('The first message');
    await ann.sees('The first message');
    channel = new URL(ann.page.url()).pathname;
    workspace = channel.replace(/\/c\/.*/, '');
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  const isSaid = async (text: RegExp | string) => {
    await ann.page.getByText(text).first().waitFor();
    // The words of the server about ids are for those who write programs.
    expect(await ann.page.getByText('UUID').count()).toBe(0);
  };

  it.each(['nope', `chn_${unknown}`])('of no channel: %s', async (id) => {
    const { page } = ann;
    await page.goto(`${workspace}/c/${id}`);
    await isSaid(/This channel does not exist, or you cannot see it/);
    await page.getByRole('link', { name: 'Browse channels' }).last().click();
    await page.getByRole('heading', { name: 'Channels', level: 1 }).waitFor();
  });

  it.each(['nope', `wks_${unknown}`])('of no workspace: %s', async (id) => {
    await ann.page.goto(`/w/${id}`);
    await isSaid('There is no such workspace');
    await ann.page.getByRole('button', { name: 'Go to your workspaces' }).click();
    await ann.sees('The first message');
  });

  it.each(['nope', `msg_${unknown}`])('of no message: %s', async (id) => {
    await ann.page.goto(`${channel}?m=${id}`);
    await isSaid('This message does not exist here, or you cannot see it.');
    await ann.page.getByRole('button', { name: 'Show the latest messages' }).click();
    await ann.sees('The first message');
  });

  it.each(['nope', `msg_${unknown}`])('of no thread: %s', async (id) => {
    const { page } = ann;
    await page.goto(`${channel}?thread=${id}&reply=${id}`);
    await isSaid('This thread does not exist, or you cannot see it.');
    await page.getByRole('button', { name: 'Back to the channel' }).click();
    await page.getByRole('complementary', { name: 'Thread' }).waitFor({ state: 'detached' });
    await ann.sees('The first message');
  });

  it('of a reply as a message lead into its thread', async () => {
    const { page } = ann;
    const [, workspaceId, channelId] = /\/w\/([^/]+)\/c\/([^/?]+)/.exec(channel) ?? [];
    const send = async (text: string, threadId?: string) => {
      const { sendMessage } = await ask<{ sendMessage: { message: { id: string } } }>(
        page,
        `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }`,
        { input: { workspaceId, channelId, text, ...(threadId && { threadId }) } },
      );
      return sendMessage.message.id;
    };
    const root = await send('It begins here');
    const reply = await send('And goes on here', root);
    await page.goto(`${channel}?m=${reply}`);
    await page.getByRole('feed', { name: 'Replies' }).getByText('And goes on here').waitFor();
    await ann.message('It begins here').waitFor();
    expect(new URL(page.url()).searchParams.get('thread')).toBe(root);
    expect(await page.getByText('This message does not exist').count()).toBe(0);
  });

  it('of no page, and of no invite', async () => {
    await ann.page.goto(`${workspace}/nope`);
    await isSaid('There is nothing here');
    await ann.page.goto('/invite/nope');
    await isSaid('This invite does not work');
    await ann.page.getByRole('link', { name: 'Go to Confab' }).click();
    await ann.sees('The first message');
  });

  it('of an invite to where one is already lead there', async () => {
    const link = await invite(ann);
    await ann.page.goto(link);
    await ann.page.getByRole('heading', { name: 'You are already in Acme' }).waitFor();
    expect(await ann.page.getByText('Join').count()).toBe(0);
    await ann.page.getByRole('button', { name: 'Open Acme' }).click();
    await ann.sees('The first message');
  });

  it('show keys to those who have them', async () => {
    const keys = ann.page.locator('kbd');
    await ann.page.goto(workspace);
    await keys.first().waitFor();
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const { cookies } = await ann.page.context().storageState();
    const context = await browser.newContext({ baseURL: server.origin, ...phone });
    await context.addCookies(cookies);
    const page = await context.newPage();
    await page.goto(workspace);
    await page.getByRole('link', { name: 'People' }).waitFor();
    expect(await page.locator('kbd:visible').count()).toBe(0);
    await context.close();
  });

  it('complain about nothing but what is not there', () => {
    expect(ann.complaints.filter((text) => !/40[04]/.test(text))).toEqual([]);
  });
});
