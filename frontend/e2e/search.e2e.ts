/**
 * Two users search: with typos, with operators chosen by keyboard, into the history and back. No user finds
 * messages they may not read.
 */
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { describeEndToEnd, effect } from './fixture';
import { createSharedWorkspace } from './setup';
import { TestUser } from './testUser';

const [ann, ben] = [new TestUser('Ann'), new TestUser('Ben')];

describeEndToEnd('search', { users: [ann, ben] }, () => {
  beforeAll(async () => {
    await createSharedWorkspace(ann, ben);
    for (const person of [ann, ben]) {
      await person.page.setViewportSize({ width: 1280, height: 900 });
    }
  });

  it('tolerates typos and highlights matches', async () => {
    const { page } = ann;
    await ben.write('The deployment of `web-frontend` went fine, @ann 🎉');
    await ann.expectMessage('The deployment of');
    for (let i = 0; i < 30; i++) await ann.write(`Line ${i} of something else`);
    await ann.expectMessage('Line 29 of');
    await page.keyboard.press('Control+Shift+F');
    await finds(page, 'deploymnet', 'The deployment of');
    expect(await hits(page).count()).toBe(1);
    expect(await hits(page).locator('mark').allInnerTexts()).toEqual(['deployment']);
    expect(await hits(page).innerText()).toContain('of web-frontend went fine, @ann 🎉');
    await page.getByRole('status').filter({ hasText: '1 result' }).waitFor();
  });

  it('completes operators by keyboard', async () => {
    const { page } = ann;
    await searchFor(page, '');
    await page.getByText('Search filters').waitFor();
    await page.keyboard.type('fr');
    await page.getByRole('option', { name: 'from:' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.type('be');
    await page.getByRole('option', { name: 'Ben @ben' }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.type('in:');
    await page.getByRole('option', { name: 'general' }).waitFor();
    await page.keyboard.press('Enter');
    expect(await field(page).inputValue()).toBe('from:@ben in:#general ');
    const chips = page.getByRole('list', { name: 'Filters' });
    expect(await chips.getByRole('listitem').allInnerTexts()).toEqual(['from:@ben', 'in:#general']);
    await hits(page).filter({ hasText: 'web-frontend' }).waitFor(effect);
    await expect.poll(() => hits(page).count()).toBe(1);
    await chips.getByRole('button', { name: 'Remove from:@ben' }).press('Enter');
    await page.getByRole('button', { name: 'Show more' }).waitFor(effect);
    expect(await field(page).inputValue()).toBe('in:#general ');
    const facets = page.getByRole('complementary', { name: 'Filter results' });
    await facets.getByRole('button', { name: /^Ben/ }).press('Enter');
    expect(await field(page).inputValue()).toBe('in:#general from:@ben ');
    await expect.poll(() => hits(page).count(), effect).toBe(1);
  });

  it('opens a hit in context and returns to the same results', async () => {
    const { page } = ann;
    await finds(page, 'something', 'of something else');
    await page.getByRole('status').filter({ hasText: '30 results' }).waitFor(effect);
    expect(await hits(page).count()).toBe(20);
    await page.getByRole('button', { name: 'Show more' }).click();
    await expect.poll(() => hits(page).count(), effect).toBe(30);
    const asked: string[] = [];
    page.on('request', (request) => {
      const body = request.postData() ?? '';
      if (body.includes('query Search')) asked.push(body);
    });
    await field(page).focus();
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowDown');
    const chosen = page.locator('article:has(:focus)');
    const text = /Line \d+ of something else/.exec(await chosen.innerText())?.[0] ?? 'nothing';
    const scrolled = await scrollTop(page);
    expect(scrolled).toBeGreaterThan(0);
    await page.keyboard.press('Enter');
    const place = ann.message(text).locator('.bg-notice-tint');
    await place.waitFor(effect);
    await page.goBack();
    await page.locator('article:has(:focus)', { hasText: text }).waitFor(effect);
    expect(await hits(page).count()).toBe(30);
    expect(await scrollTop(page)).toBe(scrolled);
    expect(asked, 'no request is repeated').toEqual([]);
    await page.keyboard.press('Escape');
    expect(await field(page).evaluate((one) => one === document.activeElement)).toBe(true);
  });

  it('opens a reply in its thread', async () => {
    const { page } = ann;
    await ben.press('The deployment of', 'Reply in thread');
    await ben.write('A needle among replies', 'Reply');
    await finds(page, 'needle', 'In a thread');
    await field(page).press('ArrowDown');
    await page.keyboard.press('Enter');
    const replies = page.getByRole('feed', { name: 'Replies' });
    await replies.locator('.bg-notice-tint', { hasText: 'A needle among replies' }).waitFor(effect);
    await page.goBack();
    await hits(page).filter({ hasText: 'In a thread' }).waitFor();
  });

  it('offers and deletes recent searches', async () => {
    const { page } = ann;
    await searchFor(page, '');
    const recent = page.getByRole('region', { name: 'Recent searches' });
    await recent.waitFor();
    const latest = (await recent.getByRole('listitem').allInnerTexts()).slice(0, 2);
    expect(latest).toEqual(['needle', 'something']);
    await field(page).press('ArrowDown');
    await page.keyboard.press('Enter');
    await hits(page).filter({ hasText: 'needle' }).waitFor(effect);
    expect(await field(page).inputValue()).toBe('needle');
    await searchFor(page, '');
    await recent.getByRole('button', { name: 'Clear' }).click();
    await recent.waitFor({ state: 'detached' });
  });

  it('saves a search and counts new matches', async () => {
    const { page } = ann;
    await searchFor(page, 'from:@ben harbour');
    await page.getByText('No results found').last().waitFor(effect);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Save this search' });
    await dialog.getByLabel('Name').fill('Ben on the harbour');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'hidden' });

    await searchFor(page, '');
    const saved = page.getByRole('region', { name: 'Saved searches' });
    await saved.getByRole('button', { name: /^Ben on the harbour/ }).click();
    await page.getByText('No results found').last().waitFor(effect);
    await ben.write('The harbour is open again', /^Message #/);
    await page.getByRole('button', { name: 'Show 1 new message' }).waitFor(effect);
    await finds(page, 'from:@ben harbour', 'The harbour is open again');
    await page.getByRole('button', { name: 'Show 1 new message' }).waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Saved', exact: true }).click();
    await page.getByRole('button', { name: 'Save', exact: true }).waitFor();
    await searchFor(page, '');
    await page.getByText('Search filters').waitFor();
    expect(await saved.count()).toBe(0);
  });

  it('shows no messages of inaccessible channels', async () => {
    const { page } = ann;
    await page.getByRole('button', { name: 'Create a channel' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Board');
    await page.getByRole('checkbox', { name: /Private/ }).check();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('heading', { name: 'board', level: 1 }).waitFor();
    await ann.write('The secret zanzibar budget');
    await ann.expectMessage('The secret zanzibar budget');
    await page.keyboard.press('Control+Shift+F');
    await finds(page, 'zanzibar', 'secret zanzibar');

    await ben.page.keyboard.press('Control+Shift+F');
    await searchFor(ben.page, 'zanzibar');
    await ben.page.getByText('No results found').last().waitFor(effect);
    await searchFor(ben.page, 'budget in:#board ');
    await ben.page.getByText('No channel named #board that you can access.').waitFor(effect);
    expect(await hits(ben.page).count()).toBe(0);
  });

  it('removes a deleted message at once', async () => {
    const { page } = ben;
    await finds(page, 'deployment', 'web-frontend');
    const other = await ben.anotherTab();
    await other.goto(new URL(page.url()).pathname.replace('/search', ''));
    await other.getByRole('link', { name: 'general' }).click();
    const message = other
      .getByRole('feed', { name: /^Messages in/ })
      .getByRole('article')
      .filter({ hasText: 'web-frontend' });
    await message.hover();
    await message.getByRole('button', { name: 'Delete', exact: true }).click();
    await other.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => hits(page).count(), effect).toBe(0);
    await page.getByText('No results found').last().waitFor();
    await page.reload();
    await page.getByText('No results found').last().waitFor(effect);
  });

  it('reports an unavailable search and retries on request', async () => {
    const { page } = ann;
    const errors = [{ message: 'No engine.', extensions: { code: 'UNAVAILABLE' } }];
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('query Search')
        ? route.fulfill({ json: { data: null, errors } })
        : route.continue(),
    );
    await searchFor(page, 'something');
    await page.getByText('Search is unavailable.').waitFor(effect);
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => hits(page).count(), effect).toBe(20);
  });

  it('finds names in the switcher despite typos', async () => {
    const { page } = ann;
    await page.keyboard.press('Control+k');
    const dialog = page.getByRole('dialog', { name: 'Go to a channel or person' });
    await dialog.getByRole('combobox').fill('genreal');
    await dialog.getByRole('option', { name: 'general' }).waitFor(effect);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'general', level: 1 }).waitFor();
  });
});

function field(page: Page) {
  return page.getByRole('combobox', { name: 'Search' });
}

async function searchFor(page: Page, text: string): Promise<void> {
  await field(page).fill(text);
}

/** Searches until the index contains the recent message. */
async function finds(page: Page, text: string, hit: string): Promise<void> {
  await searchFor(page, text);
  const found = async () => {
    const count = await hits(page).filter({ hasText: hit }).count();
    if (count === 0) await field(page).press('Enter');
    return count;
  };
  await expect.poll(found, { ...effect, interval: 500 }).toBeGreaterThan(0);
}

function hits(page: Page) {
  return page.getByRole('list', { name: 'Messages', exact: true }).getByRole('article');
}

function scrollTop(page: Page): Promise<number> {
  return page
    .getByRole('region', { name: 'Search' })
    .locator('.overflow-y-auto')
    .evaluate((one) => one.scrollTop);
}
