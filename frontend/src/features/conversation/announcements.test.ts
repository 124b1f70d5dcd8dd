/** Batching of screen reader announcements. */
import { beforeEach, expect, it, vi } from 'vitest';
import { type Announcement, Announcements, batchMs } from './announcements';

beforeEach(() => {
  vi.useFakeTimers();
});
function listen() {
  const announced: string[] = [];
  return { announced, queue: new Announcements((text) => announced.push(text)) };
}

const message = (words: string): Announcement => ({ words: () => words, exists: () => true });

it('announces messages within one interval together', () => {
  const { announced, queue } = listen();
  queue.add([message('Ben: one')]);
  queue.add([message('Cy: two')]);
  vi.advanceTimersByTime(batchMs);
  expect(announced).toEqual(['Ben: one\nCy: two']);
});

it('announces only the number of many messages', () => {
  const { announced, queue } = listen();
  for (let count = 0; count < 30; count++) queue.add([message(`Ben: ${count}`)]);
  vi.advanceTimersByTime(batchMs);
  expect(announced).toEqual(['30 new messages']);
});

it('varies equal announcements in a row', () => {
  const { announced, queue } = listen();
  for (let count = 0; count < 3; count++) {
    queue.add([message('Ben: ok')]);
    vi.advanceTimersByTime(batchMs);
  }
  expect(announced.map((text) => text.trim())).toEqual(['Ben: ok', 'Ben: ok', 'Ben: ok']);
  expect(announced[1]).not.toBe(announced[0]);
  expect(announced[2]).not.toBe(announced[1]);
});

it('waits for unknown authors, and eventually announces the number', () => {
  const { announced, queue } = listen();
  let name: string | null = null;
  const unknown = { words: () => name, exists: () => true };
  queue.add([unknown]);
  vi.advanceTimersByTime(batchMs * 3);
  expect(announced).toEqual([]);
  name = 'Cy: hello';
  vi.advanceTimersByTime(batchMs);
  expect(announced).toEqual(['Cy: hello']);
  name = null;
  queue.add([unknown]);
  vi.runAllTimers();
  expect(announced.at(-1)).toBe('1 new message');
});

it('skips deleted messages, and announces nothing after stop', () => {
  const { announced, queue } = listen();
  queue.add([{ words: () => null, exists: () => false }]);
  vi.runAllTimers();
  queue.add([message('Ben: late')]);
  queue.stop();
  vi.runAllTimers();
  expect(announced).toEqual([]);
});
