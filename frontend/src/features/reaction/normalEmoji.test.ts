/** Emoji in the form that the server gives them; `emoji.txt` is written by the server's tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { common } from './EmojiPicker';
import { emojiList } from './emojiList';
import { normalEmoji } from './normalEmoji';

const shared = join(import.meta.dirname, '../../../../api/src/reaction/emoji.txt');
const server = readFileSync(shared, 'utf8').trim().split('\n');

it('knows every emoji of the server, with its selectors, without and with too many', () => {
  expect(server.length).toBeGreaterThan(3_000);
  for (const emoji of server) {
    const bare = emoji.replaceAll('\uFE0F', '');
    const everywhere = [...bare].map((part) => `${part}\uFE0F`).join('');
    for (const written of [emoji, bare, everywhere]) expect(normalEmoji(written)).toBe(emoji);
  }
});

it('offers each emoji in the form that the server will give it', () => {
  const known = new Set(server);
  const offered = [...emojiList.map(({ unicode }) => unicode), ...common];
  expect(offered.length).toBeGreaterThan(1_900);
  expect(offered.filter((emoji) => !known.has(emoji))).toEqual([]);
});

it('leaves those of the workspace alone', () => {
  expect(normalEmoji(':1up:')).toBe(':1up:');
});
