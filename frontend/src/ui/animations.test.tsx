/** The animation setting follows the system until the user sets it. */
import { act, renderHook } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { setPlaysAnimations, usePlaysAnimations } from './animations';

/** Mocks the media query, which happy-dom does not evaluate. */
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
  ask(false);
});

const plays = () => renderHook(usePlaysAnimations).result;

it('follows the system setting when it changes', () => {
  const now = plays();
  expect(now.current).toBe(true);
  ask(true);
  expect(now.current).toBe(false);
  ask(false);
  expect(now.current).toBe(true);
});

it("prefers the user's choice over the system setting", () => {
  const now = plays();
  act(() => setPlaysAnimations(false));
  expect(now.current).toBe(false);
  ask(true);
  act(() => setPlaysAnimations(true));
  expect(now.current).toBe(true);
});

it('persists the choice', () => {
  setPlaysAnimations(false);
  expect(plays().current).toBe(false);
});
