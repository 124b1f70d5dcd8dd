/** The outbox: order, retries, rejections and reloads. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Failure } from '../../apollo/failure';
import { Outbox, type OutboxPort, type Outgoing, type SendResult } from './outbox';

/** A server and a clock controlled by the test. */
class FakePort implements OutboxPort {
  sent: string[] = [];
  private responses: { resolve(result: SendResult): void; reject(failure: Failure): void }[] = [];
  private waiting: (() => void)[] = [];
  uploaded = new Set<string>();
  pauses: (number | undefined)[] = [];

  send = (message: Outgoing) => {
    this.sent.push(message.id);
    return new Promise<SendResult>((resolve, reject) => this.responses.push({ resolve, reject }));
  };

  isUploaded = (id: string) => this.uploaded.has(id);

  pause = (_attempt: number, seconds: number | undefined) => {
    this.pauses.push(seconds);
    return new Promise<void>((resolve) => this.waiting.push(resolve));
  };

  accept = () => this.responses.shift()?.resolve('sent');
  queue = () => this.responses.shift()?.resolve('queued');
  refuse = (code: string, retryAfter?: number) =>
    this.responses.shift()?.reject({
      code,
      message: code,
      ...(retryAfter !== undefined && { retryAfter }),
    });
  passTime = () => this.waiting.shift()?.();
}

const message = (id: string, channelId = 'chn_1'): Outgoing => ({
  id: `msg_${id}`,
  channelId,
  rootId: null,
  text: `text of ${id}`,
  createdAt: new Date().toISOString(),
});

let port: FakePort;
let outbox: Outbox;

beforeEach(() => {
  port = new FakePort();
  outbox = new Outbox('mem_me', port);
});

const states = () => outbox.entries.get().map((entry) => `${entry.id} ${entry.state}`);

describe('Outbox', () => {
  it('sends the messages of a channel one at a time, in order', async () => {
    outbox.add(message('1'));
    outbox.add(message('2'));
    outbox.add(message('3', 'chn_2'));
    expect(port.sent).toEqual(['msg_1', 'msg_3']);
    port.accept();
    await vi.waitFor(() => expect(port.sent).toEqual(['msg_1', 'msg_3', 'msg_2']));
  });

  it('retries under the same id when the server is unreachable', async () => {
    outbox.add(message('1'));
    port.refuse('NETWORK');
    await vi.waitFor(() => expect(states()).toEqual(['msg_1 waiting']));
    port.passTime();
    await vi.waitFor(() => expect(port.sent).toEqual(['msg_1', 'msg_1']));
    port.accept();
    await vi.waitFor(() => expect(outbox.entries.get()).toEqual([]));
    expect(localStorage).toHaveLength(0);
  });

  it('keeps queued messages and resends them before later ones', async () => {
    outbox.add(message('1'));
    port.queue();
    await vi.waitFor(() => expect(states()).toEqual(['msg_1 queued']));
    expect(localStorage).toHaveLength(1);
    outbox.add(message('2'));
    port.passTime();
    await vi.waitFor(() => expect(port.sent).toEqual(['msg_1', 'msg_1']));
    port.queue();
    await vi.waitFor(() => expect(port.sent).toEqual(['msg_1', 'msg_1', 'msg_2']));
    port.queue();
    await vi.waitFor(() => expect(states()).toEqual(['msg_1 queued', 'msg_2 queued']));
    port.accept();
    await vi.waitFor(() => expect(states()).toEqual(['msg_2 queued']));
    // Its event arrives before the next attempt.
    outbox.remove('msg_2');
    expect(outbox.entries.get()).toEqual([]);
    expect(localStorage).toHaveLength(0);
  });

  it('marks a queued message as failed when it is rejected', async () => {
    outbox.add(message('1'));
    port.queue();
    await vi.waitFor(() => expect(port.pauses).toHaveLength(1));
    port.passTime();
    await vi.waitFor(() => expect(port.sent).toHaveLength(2));
    port.refuse('FORBIDDEN');
    await vi.waitFor(() => expect(states()).toEqual(['msg_1 failed']));
  });

  it('honors retryAfter', async () => {
    outbox.add(message('1'));
    port.refuse('RATE_LIMITED', 7);
    await vi.waitFor(() => expect(port.pauses).toEqual([7]));
  });

  it('keeps a rejected message without blocking later ones', async () => {
    outbox.add(message('1'));
    outbox.add(message('2'));
    port.refuse('BAD_USER_INPUT');
    await vi.waitFor(() => expect(states()).toEqual(['msg_1 failed', 'msg_2 sending']));
    expect(outbox.entries.get()[0]?.text).toBe('text of 1');
    port.accept();
    await vi.waitFor(() => expect(states()).toEqual(['msg_1 failed']));
    outbox.retry('msg_1');
    await vi.waitFor(() => expect(port.sent).toEqual(['msg_1', 'msg_2', 'msg_1']));
  });

  it('keeps rejected messages failed across reloads', async () => {
    outbox.add(message('1'));
    outbox.add(message('2'));
    port.refuse('FORBIDDEN');
    await vi.waitFor(() => expect(states()).toEqual(['msg_1 failed', 'msg_2 sending']));
    const later = new FakePort();
    const reloaded = new Outbox('mem_me', later);
    reloaded.start();
    expect(later.sent).toEqual(['msg_2']);
    expect(reloaded.entries.get()[0]).toMatchObject({
      state: 'failed',
      failure: { code: 'FORBIDDEN' },
    });
    reloaded.retry('msg_1');
    later.accept();
    await vi.waitFor(() => expect(later.sent).toEqual(['msg_2', 'msg_1']));
    later.accept();
    await vi.waitFor(() => expect(reloaded.entries.get()).toEqual([]));
    expect(new Outbox('mem_me', new FakePort()).entries.get()).toEqual([]);
  });

  it('does not send messages older than 14 days automatically', () => {
    const day = 24 * 3600 * 1000;
    const written = (id: string, days: number) => ({
      ...message(id),
      createdAt: new Date(Date.now() - days * day).toISOString(),
    });
    outbox.stop();
    outbox.add(written('1', 20));
    outbox.add(written('2', 13));
    const later = new FakePort();
    const reloaded = new Outbox('mem_me', later);
    reloaded.start();
    expect(later.sent).toEqual(['msg_2']);
    expect(reloaded.entries.get().map(({ state }) => state)).toEqual(['failed', 'sending']);
  });

  it('stores nothing of a rejected message that was deleted', async () => {
    outbox.add(message('1'));
    outbox.remove('msg_1');
    port.refuse('FORBIDDEN');
    outbox.add(message('2'));
    await vi.waitFor(() => expect(port.sent).toEqual(['msg_1', 'msg_2']));
    expect(Object.keys(localStorage)).toEqual(['confab.outbox.mem_me.msg_2']);
  });

  it('restores unsent messages of the same member after a reload', async () => {
    new Outbox('mem_other', new FakePort()).add(message('0'));
    outbox.add(message('1'));
    outbox.add(message('2'));
    const later = new FakePort();
    const reloaded = new Outbox('mem_me', later);
    reloaded.start();
    expect(later.sent).toEqual(['msg_1']);
    later.accept();
    await vi.waitFor(() => expect(later.sent).toEqual(['msg_1', 'msg_2']));
  });

  it('restores replies that an earlier version stored', () => {
    const { rootId, ...rest } = message('1');
    const stored = JSON.stringify({ ...rest, threadId: 'msg_0' });
    localStorage.setItem('confab.outbox.mem_me.msg_1', stored);
    expect(new Outbox('mem_me', port).entries.get()).toMatchObject([{ rootId: 'msg_0' }]);
  });

  it('removes a message whose event arrives before the response', async () => {
    outbox.add(message('1'));
    outbox.remove('msg_1');
    port.refuse('NETWORK');
    await vi.waitFor(() => expect(port.pauses).toHaveLength(1));
    port.passTime();
    await Promise.resolve();
    expect(outbox.entries.get()).toEqual([]);
    expect(port.sent).toEqual(['msg_1']);
  });

  it('sends a message once its files are uploaded, without blocking others', async () => {
    const file = (id: string) => ({
      ...{ id, name: id, type: '', size: 1, isVoice: false, alt: '', width: null, height: null },
    });
    outbox.add({ ...message('1'), files: [file('fil_1'), file('fil_2')] });
    outbox.add(message('2'));
    expect(states()).toEqual(['msg_1 uploading', 'msg_2 sending']);
    port.accept();
    await vi.waitFor(() => expect(states()).toEqual(['msg_1 uploading']));
    port.uploaded.add('fil_1');
    outbox.filesChanged();
    expect(port.sent).toEqual(['msg_2']);
    port.uploaded.add('fil_2');
    outbox.filesChanged();
    expect(port.sent).toEqual(['msg_2', 'msg_1']);
    port.accept();
    await vi.waitFor(() => expect(outbox.entries.get()).toEqual([]));
  });

  it('sends without a removed file, also after a reload', async () => {
    const file = (id: string) => ({
      ...{ id, name: id, type: '', size: 1, isVoice: false, alt: '', width: null, height: null },
    });
    outbox.add({ ...message('1'), files: [file('fil_1'), file('fil_2')] });
    outbox.add({ ...message('2'), text: '', files: [file('fil_3')] });
    port.uploaded.add('fil_1');
    outbox.removeFile('msg_1', 'fil_2');
    expect(states()).toEqual(['msg_1 sending', 'msg_2 uploading']);
    // Removing the only file of a message without text deletes the message.
    outbox.removeFile('msg_2', 'fil_3');
    expect(states()).toEqual(['msg_1 sending']);
    const reloaded = new Outbox('mem_me', port);
    expect(reloaded.entries.get().map(({ files }) => files?.map(({ id }) => id))).toEqual([
      ['fil_1'],
    ]);
  });

  it('starts no attempt after stop', async () => {
    outbox.add(message('1'));
    outbox.add(message('2'));
    outbox.stop();
    port.accept();
    await vi.waitFor(() => expect(states()).toEqual(['msg_2 waiting']));
    expect(port.sent).toEqual(['msg_1']);
  });
});
