/**
 * Many unread messages: the channel opens at the first of them, and only what was on the screen becomes
 * read, however many there are.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, askAll } from './ask';
import { launchBrowser, mayBeSkipped, missing, serverBinary } from './environment';
import { meet } from './meet';
import { Person } from './person';
import { unreadCount } from './reading';
import { Server } from './server';

const effect = { timeout: 60_000 };

/** One person sends in a second what people send in an hour. */
const unlimited = { CONFAB_ACCOUNT_RATE_FACTOR: '1000', CONFAB_WORKSPACE_RATE_FACTOR: '1000' };

/** A thousand messages, each on disk before the next one. */
const sendingTakes = { timeout: 400_000 };

describe.skipIf(mayBeSkipped)(`unread messages${missing && ` (${missing})`}`, () => {
  let server: Server;
  let browser: Browser;
  let ann: Person;
  let ben: Person;
  let workspaceId: string;

  beforeAll(async () => {
    server = await Server.start(serverBinary(), unlimited);
    browser = await launchBrowser();
    ann = await Person.at(browser, server.origin, 'Ann');
    ben = await Person.at(browser, server.origin, 'Ben');
    await meet(ann, ben);
    workspaceId = /\/w\/([^/]+)/.exec(ben.page.url())?.[1] ?? '';
    await ben.page.setViewportSize({ width: 1280, height: 500 });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  /** A channel that both are in. */
  async function makeChannel(name: string): Promise<string> {
    const { createChannel } = await ask<{ createChannel: { channel: { id: string } } }>(
      ann.page,
      `mutation ($input: CreateChannelInput!) { createChannel(input: $input) { channel { id } } }`,
      { input: { workspaceId, name, kind: 'PUBLIC' } },
    );
    const channelId = createChannel.channel.id;
    await ask(
      ben.page,
      `mutation ($input: JoinChannelInput!) { joinChannel(input: $input) { channel { id } } }`,
      { input: { workspaceId, channelId } },
    );
    return channelId;
  }

  async function fill(channelId: string, from: number, to: number): Promise<void> {
    const inputs = Array.from({ length: to - from }, (_, i) => ({
      input: { workspaceId, channelId, text: `Message ${from + i}.` },
    }));
    await askAll(
      ann.page,
      `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }`,
      inputs,
    );
  }

  const unread = (channelId: string) => unreadCount(ben.page, channelId);

  /** How many unread messages are on the screen whole, below the line. */
  function onScreen(): Promise<number> {
    return ben.feed().evaluate((feed) => {
      const room = feed.getBoundingClientRect();
      return [...feed.querySelectorAll('[role=article], article')].filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return (
          top >= room.top - 4 && bottom <= room.bottom + 4 && /Message \d/.test(row.textContent)
        );
      }).length;
    });
  }

  const fromEnd = () =>
    ben.feed().evaluate((feed) => feed.scrollHeight - feed.scrollTop - feed.clientHeight);
  const line = () => ben.feed().getByText('New', { exact: true });
  const pill = () => ben.page.getByRole('button', { name: /new, jump to first unread$/ });

  it.each([
    [60, 'sixty'],
    [130, 'many'],
    [1000, 'more-than-are-counted'],
  ])('%i of them stay unread until they are seen', sendingTakes, async (count, name) => {
    const { page } = ben;
    const channelId = await makeChannel(name);
    // Something read comes before.
    await fill(channelId, -5, 0);
    await page.getByRole('link', { name: 'People' }).click();
    const inList = page.getByRole('navigation').getByRole('link', { name: new RegExp(`^${name}`) });
    await inList.click();
    await expect.poll(() => unread(channelId), effect).toBe(0);
    await page.getByRole('link', { name: 'People' }).click();
    await fill(channelId, 0, count);
    expect(await unread(channelId)).toBe(count);

    // From the sidebar, and from its address.
    for (const open of [() => inList.click(), () => page.reload()]) {
      const before = await unread(channelId);
      await open();
      await line().waitFor();
      const first = ben.message(`Message ${count - before}.`).first();
      await expect.poll(() => isOnScreen(first), effect).toBe(true);
      // The ones on the screen are read, and no others.
      await expect.poll(() => unread(channelId), effect).toBeLessThan(before);
      const seen = await onScreen();
      expect(seen).toBeGreaterThan(2);
      await expect.poll(() => unread(channelId), effect).toBe(before - seen);
    }

    await page.getByRole('button', { name: /^\d+\+? new$/ }).click();
    await ben
      .message(`Message ${count - 1}.`)
      .first()
      .waitFor();
    await pill().waitFor();
    const left = await unread(channelId);
    expect(left).toBeGreaterThan(0);
    expect(await pill().innerText()).toContain(`${left} new`);
    await pill().click();
    await expect.poll(() => isOnScreen(ben.message(`Message ${count - left}.`).first())).toBe(true);

    await page.getByRole('button', { name: /^\d+\+? new$/ }).click();
    await page.getByRole('button', { name: 'Mark as read' }).click();
    await expect.poll(() => unread(channelId), effect).toBe(0);
    expect(await pill().count()).toBe(0);
  });

  it('lead page by page from the first to the last', sendingTakes, async () => {
    const { page } = ben;
    const channelId = await makeChannel('long');
    await fill(channelId, -120, 0);
    const { channel } = await ask<{ channel: { messages: { nodes: { seq: number }[] } } }>(
      page,
      `query ($workspaceId: ID!, $id: ID!) {
        channel(workspaceId: $workspaceId, id: $id) { messages(last: 1) { nodes { seq } } }
      }`,
      { workspaceId, id: channelId },
    );
    const seq = channel.messages.nodes[0]?.seq;
    await ask(
      page,
      `mutation ($input: MarkReadInput!) { markRead(input: $input) { privateRev } }`,
      { input: { workspaceId, channelId, seq, epoch: 0 } },
    );
    await fill(channelId, 0, 170);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('link', { name: /^long/ }).click();
    await line().waitFor();
    await expect.poll(() => isOnScreen(ben.message('Message 0.').first()), effect).toBe(true);
    await ben.feed().hover();
    // However often one scrolls down, more comes until the last one.
    const last = () => ben.message('Message 169.').count();
    const scrolled = async () => {
      await page.mouse.wheel(0, 500);
      return last();
    };
    await expect.poll(scrolled, effect).toBe(1);
    const toEnd = async () => {
      await page.mouse.wheel(0, 500);
      return fromEnd();
    };
    await expect.poll(toEnd, effect).toBeLessThan(2);
    await page.setViewportSize({ width: 1280, height: 500 });
  });

  it('stays at its end while messages pour in, until somebody moves up', async () => {
    const { page } = ben;
    const channelId = await makeChannel('busy');
    await page.getByRole('link', { name: /^busy/ }).click();
    await page.getByLabel('Message #busy').waitFor();
    const pour = (from: number) =>
      askAll(
        ann.page,
        `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }`,
        Array.from({ length: 250 }, (_, i) => {
          const words = 'words and more words '.repeat(((from + i) * 7) % 23);
          return { input: { workspaceId, channelId, text: `Message ${from + i}. ${words}` } };
        }),
      );
    await pour(0);
    await ben.message('Message 249.').waitFor();
    await expect.poll(fromEnd, effect).toBeLessThan(2);

    const pouring = pour(250);
    const later = ben.feed().getByText(/^Message (2[6-9]|3\d|4\d)\d\./);
    await later.first().waitFor();
    await ben.feed().hover();
    await page.mouse.wheel(0, -400);
    await page.getByRole('button', { name: /new$|^Jump to latest$/ }).waitFor();
    await pouring;
    await ask(
      ann.page,
      `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }`,
      { input: { workspaceId, channelId, text: 'The last one' } },
    );
    // What came meanwhile is below, and nothing has moved there by itself.
    await page.getByRole('button', { name: /^\d+\+? new$/ }).waitFor();
    expect(await fromEnd()).toBeGreaterThan(400);
    expect(await ben.message('The last one').count()).toBe(0);
    await page.getByRole('button', { name: /^\d+\+? new$/ }).click();
    await ben.sees('The last one');
    await expect.poll(fromEnd, effect).toBeLessThan(2);
  });

  it('complain about nothing', () => {
    expect(ann.complaints).toEqual([]);
    expect(ben.complaints).toEqual([]);
  });
});

function isOnScreen(message: ReturnType<Person['message']>): Promise<boolean> {
  return message.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}
