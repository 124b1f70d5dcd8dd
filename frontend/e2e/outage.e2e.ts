/** A server that goes away, or hangs, and comes back: what could not be loaded meanwhile loads by itself. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './ask';
import { launchBrowser, mayBeSkipped, missing, serverBinary } from './environment';
import { meet } from './meet';
import { Person } from './person';
import { Server } from './server';

const effect = { timeout: 60_000 };

describe.skipIf(mayBeSkipped)(`an outage${missing && ` (${missing})`}`, () => {
  let server: Server;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await Server.start(serverBinary());
    browser = await launchBrowser();
    ann = await Person.at(browser, server.origin, 'Ann');
    ben = await Person.at(browser, server.origin, 'Ben');
    await meet(ann, ben);
    const workspaceId = /\/w\/([^/]+)/.exec(ann.page.url())?.[1] ?? '';
    for (const name of ['plans', 'backend']) {
      const made = await ask<{ createChannel: { channel: { id: string } } }>(
        ann.page,
        `mutation ($input: CreateChannelInput!) { createChannel(input: $input) { channel { id } } }`,
        { input: { workspaceId, name } },
      );
      const channelId = made.createChannel.channel.id;
      await ask(
        ben.page,
        `mutation ($input: JoinChannelInput!) { joinChannel(input: $input) { channel { id } } }`,
        { input: { workspaceId, channelId } },
      );
      await ask(
        ann.page,
        `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }`,
        { input: { workspaceId, channelId, text: `Written in ${name}` } },
      );
    }
    // Who knows nobody yet.
    await ben.page.reload();
    await ben.page.getByLabel('Message #general').waitFor();
  });

  afterAll(async () => {
    server?.thaw();
    await browser?.close();
    await server?.remove();
  });

  const open = (name: string) =>
    ben.page.getByRole('link', { name: new RegExp(`^${name}`) }).click();

  it('is over for a channel that was opened in it', async () => {
    ann.serverIsAway = true;
    ben.serverIsAway = true;
    await server.kill();
    await open('plans');
    await ben.page.getByText('The server cannot be reached').first().waitFor();
    await server.start();
    await ben.sees('Written in plans');
    expect(await ben.message('Written in plans').innerText()).toContain('Ann');
    await expect
      .poll(() => ben.page.getByText('The server cannot be reached').count(), effect)
      .toBe(0);
    await expect.poll(() => ben.page.getByText('Reconnecting…').count(), effect).toBe(0);
  });

  it('is told of when the server only hangs', async () => {
    server.freeze();
    await open('backend');
    await ben.page.getByText('The server takes long to answer').waitFor();
    server.thaw();
    await ben.sees('Written in backend');
    await expect
      .poll(() => ben.page.getByText('The server takes long to answer').count(), effect)
      .toBe(0);
  });

  it('complain about nothing', () => {
    expect(ann.complaints).toEqual([]);
    expect(ben.complaints).toEqual([]);
  });
});
