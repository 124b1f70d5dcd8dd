/** The queue of what is announced: together, as a number, each once, and not before it is known by whom. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Announced, Announcements, moment } from './announcements';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function listen() {
  const said: string[] = [];
  return { said, queue: new Announcements((text) => said.push(text)) };
}

const message = (words: string): Announced => ({ words: () => words, isThere: () => true });

it('says two of one moment together', () => {
  const { said, queue } = listen();
  queue.add([message('Ben: one')]);
  queue.add([message('Cy: two')]);
  vi.advanceTimersByTime(moment);
  expect(said).toEqual(['Ben: one\nCy: two']);
});

it('says many as a number', () => {
  const { said, queue } = listen();
  for (let count = 0; count < 30; count++) queue.add([message(`Ben: ${count}`)]);
  vi.advanceTimersByTime(moment);
  expect(said).toEqual(['30 new messages']);
});

it('makes a difference between equal ones in a row', () => {
  const { said, queue } = listen();
  for (let count = 0; count < 3; count++) {
    queue.add([message('Ben: ok')]);
    vi.advanceTimersByTime(moment);
  }
  expect(said.map((text) => text.trim())).toEqual(['Ben: ok', 'Ben: ok', 'Ben: ok']);
  expect(said[1]).not.toBe(said[0]);
  expect(said[2]).not.toBe(said[1]);
});

it('waits for who wrote, and says in the end that there is something', () => {
  const { said, queue } = listen();
  let name: string | null = null;
  const unknown = { words: () => name, isThere: () => true };
  queue.add([unknown]);
  vi.advanceTimersByTime(moment * 3);
  expect(said).toEqual([]);
  name = 'Cy: hello';
  vi.advanceTimersByTime(moment);
  expect(said).toEqual(['Cy: hello']);
  name = null;
  queue.add([unknown]);
  vi.runAllTimers();
  expect(said.at(-1)).toBe('1 new message');
});

it('says nothing of what was deleted meanwhile, and nothing after it was stopped', () => {
  const { said, queue } = listen();
  queue.add([{ words: () => null, isThere: () => false }]);
  vi.runAllTimers();
  queue.add([message('Ben: late')]);
  queue.stop();
  vi.runAllTimers();
  expect(said).toEqual([]);
});
