/** "Today" ends at midnight, with nothing else going on. */
import { act, cleanup, render } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { dayName, shortTime, timeOfDay } from './time';
import { useToday } from './useToday';

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const sent = new Date(2026, 2, 9, 23, 13).toISOString();

function Said() {
  const today = useToday();
  return <p>{`${dayName(sent, today)}, ${shortTime(sent, today)}`}</p>;
}

it('says yesterday within a minute after midnight', () => {
  vi.useFakeTimers({ now: new Date(2026, 2, 9, 23, 59, 30) });
  const { container } = render(<Said />);
  expect(container.textContent).toBe(`Today, ${timeOfDay(sent)}`);
  act(() => vi.advanceTimersByTime(60_000));
  expect(container.textContent).toBe('Yesterday, Yesterday');
});

it('looks at once after waking', () => {
  vi.useFakeTimers({ now: new Date(2026, 2, 9, 23, 59, 30) });
  const { container } = render(<Said />);
  vi.setSystemTime(new Date(2026, 2, 10, 9, 0));
  act(() => document.dispatchEvent(new Event('visibilitychange')));
  expect(container.textContent).toBe('Yesterday, Yesterday');
});

it('leaves no timer behind', () => {
  vi.useFakeTimers();
  render(<Said />).unmount();
  expect(vi.getTimerCount()).toBe(0);
});
