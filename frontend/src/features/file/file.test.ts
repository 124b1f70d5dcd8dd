/** Files in words, where they come from, and which may go into a message. */
import { describe, expect, it } from 'vitest';
import {
  durationInWords,
  filesInWords,
  kindOfType,
  labelOf,
  sizeInWords,
  typeInWords,
} from './file';
import { admit, type FileLimits } from './fileLimits';
import { endingOf, moment } from './pickFiles';

describe('words', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [1024, '1.0 KiB'],
    [12_345, '12 KiB'],
    [1_048_575, '1.0 MiB'],
    [3_600_000, '3.4 MiB'],
    [104_857_600, '100 MiB'],
    [2_147_483_648, '2.0 GiB'],
  ])('calls %i bytes %s', (bytes, words) => {
    expect(sizeInWords(bytes)).toBe(words);
  });

  it.each([
    [0, '0:00'],
    [7_400, '0:07'],
    [754_000, '12:34'],
    [3_723_000, '1:02:03'],
  ])('calls %i ms %s', (ms, words) => {
    expect(durationInWords(ms)).toBe(words);
  });

  it('names the type by the ending, or by the media type', () => {
    expect(typeInWords({ name: 'a.tar.gz', type: 'application/gzip' })).toBe('GZ');
    expect(typeInWords({ name: 'notes', type: 'application/pdf' })).toBe('PDF');
    expect(typeInWords({ name: 'notes', type: 'application/octet-stream' })).toBe('File');
  });

  it('calls a message without a text by its files', () => {
    const file = (name: string, alt: string | null = null, removedAt: string | null = null) => {
      return { name, alt, isVoice: false, removedAt };
    };
    const removed = file('', null, '2026-03-09T14:05:33Z');
    expect(filesInWords([])).toBe('');
    expect(filesInWords([file('a.png', 'A kite')])).toBe('A kite');
    expect(filesInWords([file('a.png'), file('b.png'), file('c.png')])).toBe('a.png and 2 more');
    expect(filesInWords([removed, file('b.png'), removed])).toBe('b.png');
    expect(filesInWords([removed])).toBe('');
    expect(labelOf({ name: 'x.webm', alt: null, isVoice: true })).toBe('Voice message');
  });

  it('does not take what may carry scripts for a picture', () => {
    expect(kindOfType('image/png')).toBe('PICTURE');
    expect(kindOfType('image/svg+xml')).toBe('OTHER');
    expect(kindOfType('')).toBe('OTHER');
  });
});

describe('what is pasted or recorded', () => {
  it('is named by the moment and its type', () => {
    expect(moment(new Date(2026, 2, 9, 14, 5, 33))).toBe('2026-03-09 14.05.33');
    expect(endingOf('image/png')).toBe('.png');
    expect(endingOf('audio/webm;codecs=opus')).toBe('.webm');
    expect(endingOf('audio/mp4')).toBe('.m4a');
    expect(endingOf('application/vnd.oasis.opendocument.text')).toBe('');
  });
});

describe('admit', () => {
  const limits = { fileBytes: 1000, attachmentsPerMessage: 3 } as FileLimits;
  const file = (name: string, size: number) => ({ name, size });

  it('says of each file why it is left out', () => {
    const { files, refused } = admit([file('a', 10), file('b', 0), file('c', 2048)], 0, limits);
    expect(files.map(({ name }) => name)).toEqual(['a']);
    expect(refused).toEqual([
      'b is empty.',
      'c is too large: it has 2.0 KiB, a file may have 1000 bytes.',
    ]);
  });

  it('takes as many as there is room for', () => {
    const { files, refused } = admit([file('a', 1), file('b', 1), file('c', 1)], 1, limits);
    expect(files.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(refused).toEqual(['A message takes at most 3 files; 1 was left out.']);
  });

  it('leaves the size to the server while the limit is not known', () => {
    expect(admit([file('a', 1e12)], 0, null).files).toHaveLength(1);
  });
});
