/** Animated images follow the animation setting until the user plays or pauses them. */
import { act, fireEvent, render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { setPlaysAnimations } from '../../ui/animations';
import type { File } from './file';
import { MotionButton, maxAutoplayBytes, useMotion } from './motion';
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

it('plays by default and can be paused', () => {
  render(<Shown file={kite} />);
  expect(source()).toBe('/original');
  press('Pause kite.webp');
  expect(source()).toBe('/small');
  press('Play kite.webp');
  expect(source()).toBe('/original');
});

it('is paused when animations are off, until the user plays it', () => {
  render(<Shown file={kite} />);
  act(() => setPlaysAnimations(false));
  expect(source()).toBe('/small');
  press('Play kite.webp');
  expect(source()).toBe('/original');
});

it('loads a large image only on play', () => {
  render(<Shown file={{ ...kite, size: maxAutoplayBytes + 1 }} />);
  expect(source()).toBe('/small');
  press('Play kite.webp');
  expect(source()).toBe('/original');
});

it('offers no playback for a single frame, regardless of type', () => {
  render(<Shown file={{ ...kite, type: 'image/gif', isAnimated: false }} />);
  expect(source()).toBe('/small');
  expect(screen.queryByRole('button')).toBeNull();
});

it('shows nothing while paused until the preview exists', () => {
  expect(sourceOf({ ...kite, previews: [] }, false)).toBeNull();
});
