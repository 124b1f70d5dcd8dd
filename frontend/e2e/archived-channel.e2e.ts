/**
 * A channel is renamed, described, archived and unarchived, and the other member sees every step live.
 */
import { beforeAll, expect, it } from 'vitest';
import { describeEndToEnd } from './fixture';
import { createWorkspace, invite, join } from './setup';
import { TestUser } from './testUser';

const [ann, ben] = [new TestUser('Ann'), new TestUser('Ben')];

describeEndToEnd('archived channels', { users: [ann, ben] }, () => {
  const inSidebar = (user: TestUser, name: string | RegExp) =>
    user.page.getByRole('navigation').getByRole('link', { name });
  const choose = async (item: string) => {
    await ann.page.getByRole('button', { name: 'More', exact: true }).click();
    await ann.page.getByRole('menuitem', { name: item }).click();
  };

  beforeAll(async () => {
    await createWorkspace(ann);
    await ann.page.getByRole('button', { name: 'Create a channel' }).click();
    await ann.page.getByLabel('Name', { exact: true }).fill('plans');
    await ann.page.getByRole('button', { name: 'Create', exact: true }).click();
    await ann.page.getByLabel('Message #plans').waitFor();
    await join(ben, await invite(ann));
    await inSidebar(ann, 'plans').click();
    await ben.page.getByRole('link', { name: 'Browse channels' }).click();
    await ben.page.getByRole('link', { name: 'plans' }).click();
    await ben.page.getByRole('button', { name: 'Join channel' }).click();
    await ben.write('A zebra crossing');
    await ann.expectMessage('A zebra crossing');
  });

  it('are renamed and described first', async () => {
    await choose('Rename channel');
    await ann.page.getByLabel('Name', { exact: true }).fill('Road works');
    await ann.page.getByRole('button', { name: 'Save' }).click();
    await ben.page.getByRole('heading', { name: 'road-works', level: 1 }).waitFor();
    await inSidebar(ben, 'road-works').waitFor();
    await ben.page.getByRole('button', { name: 'Add a topic' }).click();
    await ben.page.getByLabel('Topic', { exact: true }).fill('Crossings');
    await ben.page.getByRole('button', { name: 'Save' }).click();
    await ann.page.getByRole('button', { name: 'Crossings' }).waitFor();
  });

  it('become read-only for everyone at once', async () => {
    await ben.write('half a thought', /^Message #road-works/);
    await ann.expectMessage('half a thought');
    await choose('Archive channel');
    await ann.page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
    for (const user of [ann, ben]) {
      await user.page.getByText('This channel is archived.').waitFor();
      await expect.poll(() => inSidebar(user, 'road-works').count()).toBe(0);
      expect(await user.page.getByLabel(/^Message #/).count()).toBe(0);
    }
    expect(await ben.page.getByRole('button', { name: 'Unarchive' }).count()).toBe(0);
    await ben.message('A zebra crossing').hover();
    await ben
      .message('A zebra crossing')
      .getByRole('button', { name: 'Reply in thread' })
      .waitFor();
    expect(
      await ben.message('A zebra crossing').getByRole('button', { name: 'Edit' }).count(),
    ).toBe(0);
  });

  it('are found by the filter, the switcher and a direct link', async () => {
    const { page } = ben;
    const address = page.url();
    await page.getByRole('link', { name: 'Browse channels' }).click();
    await page.getByRole('link', { name: 'general', exact: true }).last().waitFor();
    await expect.poll(() => page.getByRole('main').getByText('road-works').count()).toBe(0);
    await page.getByLabel('Show').selectOption('Archived channels');
    await page.getByRole('main').getByText('road-works').waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to a channel or person' }).fill('road');
    await page.getByRole('option', { name: 'road-works Archived' }).click();
    await page.getByText('This channel is archived.').waitFor();
    await page.goto(address);
    await page.getByText('This channel is archived.').waitFor();
    await ben.expectMessage('A zebra crossing');
  });

  it('return when they are unarchived', async () => {
    await ann.page.getByRole('button', { name: 'Unarchive' }).click();
    await ben.page.getByLabel('Message #road-works').waitFor();
    await inSidebar(ben, 'road-works').waitFor();
    await ben.write('Back again');
    await ann.expectMessage('Back again');
  });
});
