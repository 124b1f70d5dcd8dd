/** Whether anything is to move by itself: as the system asks, until somebody chooses. */
import { act, cleanup, renderHook } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { setPlaysAnimations, usePlaysAnimations } from './animations';

/** What the system asks for, of which the DOM of the tests knows nothing. */
const system = vi.hoisted(() => {
  const query = Object.assign(new EventTarget(), { matches: false });
  window.matchMedia = () => query as unknown as MediaQueryList;
  return query;
});

function ask(matches: boolean) {
  system.matches = matches;
  act(() => {
    system.dispatchEvent(new Event('change'));
  });
}

afterEach(() => {
  cleanup();
  localStorage.clear();
  ask(false);
});

const plays = () => renderHook(usePlaysAnimations).result;

it('is what the system asks for, at once when that changes', () => {
  const now = plays();
  expect(now.current).toBe(true);
  ask(true);
  expect(now.current).toBe(false);
  ask(false);
  expect(now.current).toBe(true);
});

it('is what was chosen, whatever the system asks for', () => {
  const now = plays();
  act(() => setPlaysAnimations(false));
  expect(now.current).toBe(false);
  ask(true);
  act(() => setPlaysAnimations(true));
  expect(now.current).toBe(true);
});

it('is kept for pages to come', () => {
  setPlaysAnimations(false);
  expect(plays().current).toBe(false);
});
