/** A user with a separate browser context, and their actions in the client. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

/** The browser's own errors about an unreachable server. */
const networkError = /net::ERR_|WebSocket connection to/;

export class TestUser {
  /** Console errors and warnings. Must stay empty. */
  readonly consoleErrors: string[] = [];
  /** While the server is unavailable, failed requests are expected. */
  isServerDown = false;

  private opened: Page | null = null;

  constructor(
    readonly name: string,
    private readonly device: BrowserContextOptions = {},
  ) {}

  get page(): Page {
    if (!this.opened) throw new Error(`${this.name} has no page yet`);
    return this.opened;
  }

  async open(browser: Browser, origin: string): Promise<void> {
    // High enough for the virtual list to render every test message.
    const viewport = { width: 1280, height: 3600 };
    const context = await browser.newContext({ baseURL: origin, viewport, ...this.device });
    const page = await context.newPage();
    this.opened = page;
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      if (this.isServerDown && networkError.test(message.text())) return;
      // Unknown pages have status 404 and render the client.
      if (message.text().includes('status of 404') && message.location().url === page.url()) return;
      this.consoleErrors.push(message.text());
    });
    page.on('pageerror', (error) => this.consoleErrors.push(String(error)));
  }

  async register(): Promise<void> {
    const { page } = this;
    await page.getByLabel('Your name').fill(this.name);
    await page.getByLabel('Email').fill(`${this.name.toLowerCase()}@example.com`);
    await page.getByLabel('Password').fill('a long enough password');
    await page.getByRole('button', { name: 'Create account' }).click();
  }

  async write(text: string, label: string | RegExp = /^Message /): Promise<void> {
    const composer = this.page.getByLabel(label).and(this.page.locator('textarea'));
    await composer.fill(text);
    await composer.press('Enter');
  }

  message(text: string) {
    return this.feed().getByRole('article').filter({ hasText: text });
  }

  feed() {
    return this.page.getByRole('feed', { name: /^Messages in/ });
  }

  /** Waits for the message and checks that it appears once. */
  async expectMessage(text: string): Promise<void> {
    await this.message(text).first().waitFor();
    expect(await this.message(text).count()).toBe(1);
  }

  async press(text: string, action: string): Promise<void> {
    await this.message(text).hover();
    await this.message(text).getByRole('button', { name: action, exact: true }).click();
  }

  /** The texts on the page with this prefix, from top to bottom. */
  async texts(prefix: string): Promise<string[]> {
    const texts = await this.feed().locator('article .prose-message').allInnerTexts();
    return texts.map((text) => text.trim()).filter((text) => text.startsWith(prefix));
  }

  /** Opens another tab of the same user. */
  anotherTab(): Promise<Page> {
    return this.page.context().newPage();
  }
}
