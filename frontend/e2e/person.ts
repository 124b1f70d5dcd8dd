/** Somebody at a browser of their own, with what they do there in the words of the client. */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Said by the browser itself about requests that find no server. */
const noServer = /net::ERR_|WebSocket connection to/;

export class Person {
  /** What the console complained about. Must stay empty. */
  readonly complaints: string[] = [];
  /** While the server is away, failing requests are no complaint. */
  serverIsAway = false;

  private constructor(
    readonly name: string,
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {}

  static async at(
    browser: Browser,
    origin: string,
    name: string,
    device: BrowserContextOptions = {},
  ): Promise<Person> {
    // High enough that the virtual list shows everything that is written here.
    const viewport = { width: 1280, height: 3600 };
    const context = await browser.newContext({ baseURL: origin, viewport, ...device });
    const page = await context.newPage();
    const person = new Person(name, page, context);
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      if (person.serverIsAway && noServer.test(message.text())) return;
      // An address that is no page is answered 404, with the client that says so.
      if (message.text().includes('status of 404') && message.location().url === page.url()) return;
      person.complaints.push(message.text());
    });
    page.on('pageerror', (error) => person.complaints.push(String(error)));
    return person;
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

  /** Waits until the message stands there, once. */
  async sees(text: string): Promise<void> {
    await this.message(text).first().waitFor();
    expect(await this.message(text).count()).toBe(1);
  }

  async press(text: string, action: string): Promise<void> {
    await this.message(text).hover();
    await this.message(text).getByRole('button', { name: action, exact: true }).click();
  }

  /** The texts on the page that begin like this, from top to bottom. */
  async texts(prefix: string): Promise<string[]> {
    const texts = await this.feed().locator('article .prose-message').allInnerTexts();
    return texts.map((text) => text.trim()).filter((text) => text.startsWith(prefix));
  }

  /** Another page of the same person, such as on a second screen. */
  anotherTab(): Promise<Page> {
    return this.context.newPage();
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}
