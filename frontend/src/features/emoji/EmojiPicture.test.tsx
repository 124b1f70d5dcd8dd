/** Animated emoji follow the animation setting. When it is off, they play on hover and focus. */
import { act, fireEvent, render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { setPlaysAnimations } from '../../ui/animations';
import { EmojiPicture } from './EmojiPicture';

const parrot = { url: '/moving', stillUrl: '/still' };
const picture = <EmojiPicture emoji={parrot} alt=":parrot:" className="" />;
const shown = () => screen.getByAltText(':parrot:').getAttribute('src');

it('plays unless animations are off', () => {
  render(picture);
  expect(shown()).toBe('/moving');
  act(() => setPlaysAnimations(false));
  expect(shown()).toBe('/still');
});

it('plays in text on hover, or while its message is focused', () => {
  setPlaysAnimations(false);
  render(<article tabIndex={-1}>Look {picture}</article>);
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

it('plays in a button while the button is hovered or focused', () => {
  setPlaysAnimations(false);
  render(
    <article tabIndex={-1}>
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

it('stops when animations are switched off', () => {
  setPlaysAnimations(false);
  render(<button type="button">{picture}</button>);
  fireEvent.pointerEnter(screen.getByRole('button'));
  act(() => setPlaysAnimations(true));
  act(() => setPlaysAnimations(false));
  expect(shown()).toBe('/still');
});
