/** File labels, generated names and attachment limits. */
import { describe, expect, it } from 'vitest';
import {
  fileLabel,
  formatDuration,
  formatSize,
  formatType,
  kindOfMediaType,
  summarizeFiles,
} from './file';
import { checkAttachments, type FileLimits } from './fileLimits';
import { extensionOf, fileTimestamp } from './pickFiles';

describe('labels', () => {
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
  ])('formats %i bytes as %s', (bytes, words) => {
    expect(formatSize(bytes)).toBe(words);
  });

  it.each([
    [0, '0:00'],
    [7_400, '0:07'],
    [754_000, '12:34'],
    [3_723_000, '1:02:03'],
  ])('formats %i ms as %s', (ms, words) => {
    expect(formatDuration(ms)).toBe(words);
  });

  it('derives the type from the extension, or else from the media type', () => {
    expect(formatType({ name: 'a.tar.gz', type: 'application/gzip' })).toBe('GZ');
    expect(formatType({ name: 'notes', type: 'application/pdf' })).toBe('PDF');
    expect(formatType({ name: 'notes', type: 'application/octet-stream' })).toBe('File');
  });

  it('summarizes attachments', () => {
    const file = (name: string, alt: string | null = null, removedAt: string | null = null) => {
      return { name, alt, isVoice: false, removedAt };
    };
    const removed = file('', null, '2026-03-09T14:05:33Z');
    expect(summarizeFiles([])).toBe('');
    expect(summarizeFiles([file('a.png', 'A kite')])).toBe('A kite');
    expect(summarizeFiles([file('a.png'), file('b.png'), file('c.png')])).toBe('a.png and 2 more');
    expect(summarizeFiles([removed, file('b.png'), removed])).toBe('b.png');
    expect(summarizeFiles([removed])).toBe('');
    expect(fileLabel({ name: 'x.webm', alt: null, isVoice: true })).toBe('Voice message');
  });

  it('does not treat SVG as an image', () => {
    expect(kindOfMediaType('image/png')).toBe('PICTURE');
    expect(kindOfMediaType('image/svg+xml')).toBe('OTHER');
    expect(kindOfMediaType('')).toBe('OTHER');
  });
});

describe('pasted and recorded files', () => {
  it('are named by time and type', () => {
    expect(fileTimestamp(new Date(2026, 2, 9, 14, 5, 33))).toBe('2026-03-09 14.05.33');
    expect(extensionOf('image/png')).toBe('.png');
    expect(extensionOf('audio/webm;codecs=opus')).toBe('.webm');
    expect(extensionOf('audio/mp4')).toBe('.m4a');
    expect(extensionOf('application/vnd.oasis.opendocument.text')).toBe('');
  });
});

describe('checkAttachments', () => {
  const limits = { fileBytes: 1000, attachmentsPerMessage: 3 } as FileLimits;
  const file = (name: string, size: number) => ({ name, size });

  it('reports why each file is rejected', () => {
    const { files, rejected } = checkAttachments(
      [file('a', 10), file('b', 0), file('c', 2048)],
      0,
      limits,
    );
    expect(files.map(({ name }) => name)).toEqual(['a']);
    expect(rejected).toEqual([
      'b is empty.',
      'c is too large (2.0 KiB). Maximum file size: 1000 bytes.',
    ]);
  });

  it('accepts files up to the limit per message', () => {
    const { files, rejected } = checkAttachments(
      [file('a', 1), file('b', 1), file('c', 1)],
      1,
      limits,
    );
    expect(files.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(rejected).toEqual(['A message can have up to 3 files. 1 file was not added.']);
  });

  it('does not check the size until the limit is loaded', () => {
    expect(checkAttachments([file('a', 1e12)], 0, null).files).toHaveLength(1);
  });
});
