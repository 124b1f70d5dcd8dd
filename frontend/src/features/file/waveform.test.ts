/** Waveform computation. */
import { describe, expect, it } from 'vitest';
import { drawWaveform, levelOf, resample } from './waveform';

describe('resample', () => {
  it('keeps the maximum of each bar', () => {
    expect(resample([1, 9, 2, 3, 4, 100], 3)).toEqual([9, 3, 100]);
  });

  it('never adds values', () => {
    expect(resample([5, 6], 64)).toEqual([5, 6]);
    expect(resample([], 64)).toEqual([]);
  });

  it('returns the requested number of bars for uneven divisions', () => {
    const values = Array.from({ length: 100 }, (_, at) => at);
    expect(resample(values, 64)).toHaveLength(64);
    expect(resample(values, 64).at(-1)).toBe(99);
  });
});

describe('drawWaveform', () => {
  it('draws one bar per value, and silence as a dot', () => {
    const { width, path } = drawWaveform([0, 100]);
    expect(width).toBe(5.5);
    expect(path).toBe('M0 47h2v6h-2zM3.5 0h2v100h-2z');
  });

  it('draws nothing for no values', () => {
    expect(drawWaveform([])).toEqual({ width: 0, path: '' });
  });
});

describe('levelOf', () => {
  const wave = (height: number) =>
    Uint8Array.from({ length: 512 }, (_, at) => 128 + Math.round(Math.sin(at / 5) * height));

  it('maps silence to 0, full scale to 100, and grows in between', () => {
    expect(levelOf(wave(0))).toBe(0);
    expect(levelOf(wave(127))).toBe(100);
    expect(levelOf(wave(4))).toBeGreaterThan(0);
    expect(levelOf(wave(40))).toBeGreaterThan(levelOf(wave(4)));
  });
});
