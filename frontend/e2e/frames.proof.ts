/** Time between frames in a busy and long conversation. */
import { beforeAll, expect, it } from 'vitest';
import { describeEndToEnd, effect } from './fixture';
import { createSharedWorkspace } from './setup';
import { TestUser } from './testUser';

/** A single user sends far more than the rate limits allow. */
const unlimited = { CONFAB_ACCOUNT_RATE_FACTOR: '1000', CONFAB_WORKSPACE_RATE_FACTOR: '1000' };

const messageCount = 1000;
const messagesPerSecond = 50;

interface Frames {
  /** Milliseconds from one frame to the next. */
  times: number[];
  /** Number of frames with more than a screen below the visible messages. */
  farFromEnd: number;
}

const desktop = { viewport: { width: 1440, height: 900 } };
const [ann, ben] = [new TestUser('Ann', desktop), new TestUser('Ben', desktop)];

/** Prints the time between the frames during an action of Ben. */
async function measure(name: string, action: () => Promise<void>): Promise<Frames> {
  await ben.feed().evaluate(record);
  await action();
  const frames = await ben.page.evaluate(finish);
  const times = [...frames.times].sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)]?.toFixed(1);
  console.log(
    `${name}: ${times.length} frames, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(1)} ms`,
  );
  return frames;
}

describeEndToEnd('frames of a conversation', { users: [ann, ben], settings: unlimited }, () => {
  beforeAll(() => createSharedWorkspace(ann, ben));

  it('while 50 messages per second arrive', async () => {
    const [, channelId = ''] = /\/c\/([^/?]+)/.exec(ann.page.url()) ?? [];
    // Her page shows no messages.
    await ann.page.getByRole('link', { name: 'People' }).click();
    let acknowledged = 0;
    const frames = await measure('50 messages per second', async () => {
      const texts = Array.from({ length: messageCount }, (_, i) => textOf(i));
      acknowledged = await ann.page.evaluate(pour, { channelId, texts, messagesPerSecond });
      await ben.message(`Message ${messageCount - 1}.`).waitFor();
    });
    expect(acknowledged).toBe(messageCount);
    // Nobody scrolled, so the list stays at the end.
    expect(frames.farFromEnd).toBe(0);
  });

  it('while scrolling through the history', async () => {
    await ben.feed().hover();
    const first = ben.message('Message 0.');
    await measure('scrolling up', async () => {
      const scrolled = async () => {
        await ben.page.mouse.wheel(0, -400);
        return first.count();
      };
      await expect.poll(scrolled, { timeout: 300_000, interval: 20 }).toBe(1);
    });
    await ben.page.getByRole('button', { name: /new$|^Jump to latest$/ }).click();
    await expect.poll(fromEnd, effect).toBeLessThan(2);
  });

  it('while typing', async () => {
    const composer = ben.page.getByLabel('Message #general').and(ben.page.locator('textarea'));
    const text = 'A sentence with **bold** and `literal` words. '.repeat(5);
    await composer.focus();
    await measure('typing', () => composer.pressSequentially(text, { delay: 30 }));
    expect(await composer.inputValue()).toBe(text);
  });
});

const fromEnd = () =>
  ben.feed().evaluate((feed) => feed.scrollHeight - feed.scrollTop - feed.clientHeight);

/** Texts of different heights. */
function textOf(i: number): string {
  const words = 'words and more words '.repeat((i * 7) % 23);
  const code = i % 10 === 0 ? '\n```js\nconst answer = 42;\n```' : '';
  return `Message ${i}. ${words}${code}`;
}

/** Starts to record the frames of the page. Runs in the page. */
function record(feed: Element): void {
  const frames: Frames = { times: [], farFromEnd: 0 };
  const recording = { frames, isActive: true };
  Object.assign(window, { recording });
  let before: number | null = null;
  requestAnimationFrame(function frame(now) {
    if (!recording.isActive) return;
    if (before !== null) frames.times.push(now - before);
    before = now;
    const below = feed.scrollHeight - feed.scrollTop - feed.clientHeight;
    if (below > feed.clientHeight) frames.farFromEnd += 1;
    requestAnimationFrame(frame);
  });
}

/** Stops recording. Runs in the page. */
function finish(): Frames {
  const { recording } = window as unknown as {
    recording: { frames: Frames; isActive: boolean };
  };
  recording.isActive = false;
  return recording.frames;
}

/** Sends messages at a constant rate. Returns how many were acknowledged. Runs in the page. */
function pour(wanted: {
  channelId: string;
  texts: readonly string[];
  messagesPerSecond: number;
}): Promise<number> {
  const query = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }`;
  async function send(text: string): Promise<boolean> {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { input: { channelId: wanted.channelId, text } } }),
    });
    const { errors } = await response.json();
    return !errors;
  }
  return new Promise((resolve) => {
    const start = performance.now();
    const sent: Promise<boolean>[] = [];
    const timer = setInterval(() => {
      const due = ((performance.now() - start) * wanted.messagesPerSecond) / 1000;
      for (const text of wanted.texts.slice(sent.length, due)) sent.push(send(text));
      if (sent.length < wanted.texts.length) return;
      clearInterval(timer);
      resolve(Promise.all(sent).then((all) => all.filter(Boolean).length));
    }, 1000 / wanted.messagesPerSecond);
  });
}
