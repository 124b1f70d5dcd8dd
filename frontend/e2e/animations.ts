/** Images of two frames, red and blue, in each animated format. */
import { deflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { chunk, type TestFile } from './testFiles';

const side = 200;

/** Each frame lasts 100 ms. */
export function gif(): TestFile {
  const colors = [0xff, 0, 0, 0, 0, 0xff];
  const size = [side, 0, side, 0];
  const frame = (index: number) => [
    ...[0x21, 0xf9, 4, 0, 10, 0, 0, 0],
    ...[0x2c, 0, 0, 0, 0, ...size, 0],
    ...[2, ...blocksOf(index), 0],
  ];
  const screen = [...Buffer.from('GIF89a', 'latin1'), ...size, 0x80, 0, 0, ...colors];
  const loop = [0x21, 0xff, 11, ...Buffer.from('NETSCAPE2.0', 'latin1'), 3, 1, 0, 0, 0];
  const buffer = Buffer.from([...screen, ...loop, ...frame(0), ...frame(1), 0x3b]);
  return { name: 'moving.gif', mimeType: 'image/gif', buffer };
}

/** Encodes each pixel as a 3-bit code and clears the code table before it grows. */
function blocksOf(index: number): number[] {
  const [clear, end] = [4, 5];
  const codes: number[] = [];
  for (let pixel = 0; pixel < side * side; pixel++) {
    if (pixel % 2 === 0) codes.push(clear);
    codes.push(index);
  }
  codes.push(end);
  const bytes: number[] = [];
  codes.forEach((code, at) => {
    for (let bit = 0; bit < 3; bit++) {
      const place = at * 3 + bit;
      bytes[place >> 3] = (bytes[place >> 3] ?? 0) | (((code >> bit) & 1) << (place & 7));
    }
  });
  const blocks: number[] = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.slice(at, at + 255);
    blocks.push(block.length, ...block);
  }
  return blocks;
}

export function apng(): TestFile {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const pixels = (color: number[]) => {
    const row = Buffer.from([0, ...Array.from({ length: side }, () => color).flat()]);
    return deflateSync(Buffer.concat(Array.from({ length: side }, () => row)));
  };
  const control = (sequence: number) => {
    const [size, place] = [number(side), number(0)];
    // 100 ms, no disposal, no blending.
    const rest = Buffer.from([0, 1, 0, 10, 0, 0]);
    return chunk('fcTL', Buffer.concat([number(sequence), size, size, place, place, rest]));
  };
  const buffer = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', Buffer.concat([number(side), number(side), Buffer.from([8, 2, 0, 0, 0])])),
    chunk('acTL', Buffer.concat([number(2), number(0)])),
    control(0),
    chunk('IDAT', pixels([255, 0, 0])),
    control(1),
    chunk('fdAT', Buffer.concat([number(2), pixels([0, 0, 255])])),
    chunk('IEND'),
  ]);
  return { name: 'moving.png', mimeType: 'image/png', buffer };
}

/** Uses frames encoded by the browser. */
export async function webp(page: Page): Promise<TestFile> {
  const frames = await page.evaluate((side) => {
    return ['red', 'blue'].map((color) => {
      const canvas = document.createElement('canvas');
      canvas.width = side;
      canvas.height = side;
      const context = canvas.getContext('2d');
      if (!context) throw new Error('no canvas');
      context.fillStyle = color;
      context.fillRect(0, 0, side, side);
      return canvas.toDataURL('image/webp').split(',')[1] ?? '';
    });
  }, side);
  const three = (value: number) => Buffer.from([value & 255, (value >> 8) & 255, value >> 16]);
  const size = Buffer.concat([three(side - 1), three(side - 1)]);
  const moving = frames.map((base64) => {
    const bytes = Buffer.from(base64, 'base64');
    // After the file header and the optional VP8X header.
    const pixels = bytes.subarray(bytes.toString('latin1', 12, 16) === 'VP8X' ? 30 : 12);
    return riff('ANMF', Buffer.concat([Buffer.alloc(6), size, three(100), Buffer.of(2), pixels]));
  });
  const body = Buffer.concat([
    Buffer.from('WEBP', 'latin1'),
    riff('VP8X', Buffer.concat([Buffer.from([2, 0, 0, 0]), size])),
    riff('ANIM', Buffer.from([255, 255, 255, 255, 0, 0])),
    ...moving,
  ]);
  return { name: 'moving.webp', mimeType: 'image/webp', buffer: riff('RIFF', body) };
}

function riff(name: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from(name, 'latin1'), length, body, Buffer.alloc(body.length % 2)]);
}
