/** "Today" changes at midnight without any other event. */
import { act, render } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { dayName, shortTime, timeOfDay } from './time';
import { followToday, useToday } from './useToday';

let unfollow = () => {};

afterEach(() => {
  unfollow();
});

const sent = new Date(2026, 2, 9, 23, 13).toISOString();

function Dates() {
  const today = useToday();
  return <p>{`${dayName(sent, today)}, ${shortTime(sent, today)}`}</p>;
}

it('switches to yesterday within a minute after midnight', () => {
  vi.useFakeTimers({ now: new Date(2026, 2, 9, 23, 59, 30) });
  unfollow = followToday();
  const { container } = render(<Dates />);
  expect(container.textContent).toBe(`Today, ${timeOfDay(sent)}`);
  act(() => vi.advanceTimersByTime(60_000));
  expect(container.textContent).toBe('Yesterday, Yesterday');
});

it('updates when the page becomes visible', () => {
  vi.useFakeTimers({ now: new Date(2026, 2, 9, 23, 59, 30) });
  unfollow = followToday();
  const { container } = render(<Dates />);
  vi.setSystemTime(new Date(2026, 2, 10, 9, 0));
  act(() => document.dispatchEvent(new Event('visibilitychange')));
  expect(container.textContent).toBe('Yesterday, Yesterday');
});

it('stops following the clock', () => {
  vi.useFakeTimers();
  followToday()();
  expect(vi.getTimerCount()).toBe(0);
});
