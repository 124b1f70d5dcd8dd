/** One browser sees the other come, rest and go. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchBrowser, mayBeSkipped, missing, serverBinary } from './environment';
import { meet } from './meet';
import { Person } from './person';
import { Server } from './server';

describe.skipIf(mayBeSkipped)(`who is here${missing && ` (${missing})`}`, () => {
  let server: Server;
  let browser: Browser;
  let ann: Person;
  let ben: Person;
  let workspace: string;

  beforeAll(async () => {
    server = await Server.start(serverBinary());
    browser = await launchBrowser();
    ann = await Person.at(browser, server.origin, 'Ann');
    ben = await Person.at(browser, server.origin, 'Ben');
    // Ben's time can be moved on.
    await ben.page.clock.install();
    await meet(ann, ben);
    workspace = ben.page.url();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  const line = () => ann.page.getByRole('main').getByRole('listitem').filter({ hasText: '@ben' });
  const inList = () => ann.page.getByRole('navigation').getByRole('link', { name: /Ben/ });
  const header = () => ann.page.getByRole('main').locator('header').first();

  it('is seen in the list of people and where one writes to them', async () => {
    await ann.page.getByRole('link', { name: 'general' }).click();
    await ann.page.getByRole('link', { name: 'People' }).click();
    await line().getByRole('img', { name: 'Active' }).waitFor();
    await ann.page.getByRole('button', { name: 'Write to Ben' }).click();
    await inList().getByRole('img', { name: 'Active' }).waitFor();
    await header().getByRole('img', { name: 'Active' }).waitFor();
    await ben.page.getByRole('navigation').getByRole('link', { name: 'Active Ann' }).waitFor();
  });

  it('changes when somebody rests, and with their next touch', async () => {
    await ben.page.clock.fastForward('05:01');
    await inList().getByRole('img', { name: 'Idle' }).waitFor();
    await header().getByRole('img', { name: 'Idle' }).waitFor();
    await ben.page.mouse.move(200, 200);
    await inList().getByRole('img', { name: 'Active' }).waitFor();
  });

  it('ends when they go, and begins again when they come back', async () => {
    await ben.page.goto('about:blank');
    await inList().getByRole('img').waitFor({ state: 'detached' });
    await header().getByRole('img').waitFor({ state: 'detached' });
    await ben.page.goto(workspace);
    await inList().getByRole('img', { name: 'Active' }).waitFor();
  });

  it('is right again after the server was away', async () => {
    ann.serverIsAway = true;
    ben.serverIsAway = true;
    await server.kill();
    await ann.page
      .getByText(/connect/i)
      .first()
      .waitFor();
    await server.start();
    await inList().getByRole('img', { name: 'Active' }).waitFor();
    await ben.page.goto('about:blank');
    await inList().getByRole('img').waitFor({ state: 'detached' });
  });

  it('complains about nothing', () => {
    expect(ann.complaints).toEqual([]);
    expect(ben.complaints).toEqual([]);
  });
});
