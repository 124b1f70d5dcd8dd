/** Emoji that move: by themselves unless that is not wanted, and then for whoever points at one or goes to it. */
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { setPlaysAnimations } from '../../ui/animations';
import { EmojiPicture } from './EmojiPicture';

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

const parrot = { url: '/moving', stillUrl: '/still' };
const picture = <EmojiPicture emoji={parrot} alt=":parrot:" className="" />;
const shown = () => screen.getByAltText(':parrot:').getAttribute('src');

it('move, or stand still as the system asks, until somebody chooses', () => {
  render(picture);
  expect(shown()).toBe('/moving');
  ask(true);
  expect(shown()).toBe('/still');
  act(() => setPlaysAnimations(true));
  expect(shown()).toBe('/moving');
  ask(false);
  act(() => setPlaysAnimations(false));
  expect(shown()).toBe('/still');
});

it('keep what was chosen', () => {
  setPlaysAnimations(false);
  render(picture);
  expect(shown()).toBe('/still');
});

it('play in a text while they are pointed at, or their message has the focus', () => {
  setPlaysAnimations(false);
  render(<article tabIndex={0}>Look {picture}</article>);
  const article = screen.getByRole('article');
  fireEvent.pointerEnter(article);
  expect(shown()).toBe('/still');
  fireEvent.pointerEnter(screen.getByAltText(':parrot:'));
  expect(shown()).toBe('/moving');
  fireEvent.pointerLeave(screen.getByAltText(':parrot:'));
  expect(shown()).toBe('/still');
  act(() => article.focus());
  expect(shown()).toBe('/moving');
  act(() => article.blur());
  expect(shown()).toBe('/still');
});

it('play in a button while that is pointed at, or has the focus', () => {
  setPlaysAnimations(false);
  render(
    <article tabIndex={0}>
      <button type="button">{picture} 1</button>
    </article>,
  );
  const button = screen.getByRole('button');
  fireEvent.pointerEnter(button);
  expect(shown()).toBe('/moving');
  fireEvent.pointerLeave(button);
  expect(shown()).toBe('/still');
  act(() => screen.getByRole('article').focus());
  expect(shown()).toBe('/still');
  act(() => button.focus());
  expect(shown()).toBe('/moving');
});

it('stop when they are to stand still again', () => {
  setPlaysAnimations(false);
  render(<button type="button">{picture}</button>);
  fireEvent.pointerEnter(screen.getByRole('button'));
  act(() => setPlaysAnimations(true));
  act(() => setPlaysAnimations(false));
  expect(shown()).toBe('/still');
});
