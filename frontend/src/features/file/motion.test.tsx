/** Pictures that move: by themselves unless that is not wanted, and as somebody says. */
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { setPlaysAnimations } from '../../ui/animations';
import type { File } from './file';
import { largestOriginal, MotionButton, useMotion } from './motion';
import { sourceOf } from './Picture';

const kite = {
  ...{ id: 'fil_1', name: 'kite.webp', kind: 'PICTURE', size: 1000, isAnimated: true, alt: null },
  ...{ url: '/original', previews: [{ url: '/small', width: 360 }], isVoice: false },
} as unknown as File;

function Shown({ file }: { file: File }) {
  const motion = useMotion(file);
  return (
    <>
      <img src={sourceOf(file, motion?.plays ?? false)?.src} alt="kite" />
      {motion && <MotionButton file={file} motion={motion} />}
    </>
  );
}

const source = () => screen.getByAltText('kite').getAttribute('src');
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }));

afterEach(() => {
  cleanup();
  localStorage.clear();
});

it('move, whatever their type, and can be stopped', () => {
  render(<Shown file={kite} />);
  expect(source()).toBe('/original');
  press('Pause kite.webp');
  expect(source()).toBe('/small');
  press('Play kite.webp');
  expect(source()).toBe('/original');
});

it('stand still where that was chosen, until somebody plays them', () => {
  render(<Shown file={kite} />);
  act(() => setPlaysAnimations(false));
  expect(source()).toBe('/small');
  press('Play kite.webp');
  expect(source()).toBe('/original');
});

it('are loaded when asked for where they are large', () => {
  render(<Shown file={{ ...kite, size: largestOriginal + 1 }} />);
  expect(source()).toBe('/small');
  press('Play kite.webp');
  expect(source()).toBe('/original');
});

it('are none where there is one frame, whatever the type says', () => {
  render(<Shown file={{ ...kite, type: 'image/gif', isAnimated: false }} />);
  expect(source()).toBe('/small');
  expect(screen.queryByRole('button')).toBeNull();
});

it('wait for their preview before they stand still', () => {
  expect(sourceOf({ ...kite, previews: [] }, false)).toBeNull();
});
