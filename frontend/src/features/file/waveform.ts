/** The waveform of a recording as bars. Pure. */

/** Reduces the values (0 to 100) to `count`, keeping the maximum of each range. */
export function resample(values: readonly number[], count: number): number[] {
  if (values.length === 0) return [];
  if (values.length <= count) return [...values];
  return Array.from({ length: count }, (_, index) => {
    const from = Math.floor((index * values.length) / count);
    const to = Math.max(from + 1, Math.floor(((index + 1) * values.length) / count));
    return Math.max(...values.slice(from, to));
  });
}

const bar = 2;
const gap = 1.5;
/** Minimum bar height, so that silence is visible. */
const minBarHeight = 6;

export interface WaveformPath {
  width: number;
  path: string;
}

/** Draws all bars as one path, 100 units high and vertically centered. */
export function drawWaveform(values: readonly number[]): WaveformPath {
  const width = Math.max(0, values.length * (bar + gap) - gap);
  const path = values
    .map((value, index) => {
      const height = Math.max(minBarHeight, Math.min(100, value));
      const x = Number((index * (bar + gap)).toFixed(1));
      const y = Number((50 - height / 2).toFixed(1));
      return `M${x} ${y}h${bar}v${Number(height.toFixed(1))}h-${bar}z`;
    })
    .join('');
  return { width, path };
}

/** A flat placeholder for recordings without a waveform. */
export const unknownWaveform: readonly number[] = Array.from({ length: 48 }, () => 12);

/** Computes the level, from 0 to 100, of analyser samples centered on 128. */
export function levelOf(samples: Uint8Array): number {
  let sum = 0;
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  // Speech is about -20 dB, a whisper about -45 dB.
  const decibels = 20 * Math.log10(Math.max(rms, 1e-4));
  return Math.round(Math.max(0, Math.min(100, ((decibels + 50) / 45) * 100)));
}
