/** The loudness of a recording as bars. Pure. */

/** So many values, each the loudest of those that it stands for; 0 to 100. */
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
/** Silence is a dot, not nothing. */
const lowest = 6;

export interface Drawn {
  width: number;
  path: string;
}

/** One path of all bars, 100 high, around the middle. */
export function draw(values: readonly number[]): Drawn {
  const width = Math.max(0, values.length * (bar + gap) - gap);
  const path = values
    .map((value, index) => {
      const height = Math.max(lowest, Math.min(100, value));
      const x = Number((index * (bar + gap)).toFixed(1));
      const y = Number((50 - height / 2).toFixed(1));
      return `M${x} ${y}h${bar}v${Number(height.toFixed(1))}h-${bar}z`;
    })
    .join('');
  return { width, path };
}

/** Of a recording whose loudness nobody has measured: even and low. */
export const unknownWaveform: readonly number[] = Array.from({ length: 48 }, () => 12);

/** How loud a moment is, 0 to 100, of the samples of an analyser around 128. */
export function levelOf(samples: Uint8Array): number {
  let sum = 0;
  for (const sample of samples) sum += ((sample - 128) / 128) ** 2;
  const rms = Math.sqrt(sum / Math.max(1, samples.length));
  // Speech is around -20 dB, a whisper around -45.
  const decibels = 20 * Math.log10(Math.max(rms, 1e-4));
  return Math.round(Math.max(0, Math.min(100, ((decibels + 50) / 45) * 100)));
}
