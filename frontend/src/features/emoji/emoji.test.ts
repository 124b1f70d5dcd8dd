/** Custom emoji names. */
import { expect, it } from 'vitest';
import { parseEmojiName, suggestEmojiName } from './emoji';

it('parses `:name:` and rejects everything else', () => {
  expect(parseEmojiName(':party_parrot:')).toBe('party_parrot');
  expect(parseEmojiName(':+1:')).toBe('+1');
  for (const other of ['👍', ':Party:', '::', ':a b:', ':a', 'x:a:']) {
    expect(parseEmojiName(other)).toBeNull();
  }
});

it.each([
  ['Party Parrot.gif', 'party_parrot'],
  ['ship-it.png', 'ship-it'],
  ['  Ärger!.webp', 'rger'],
  ['猫.png', ''],
])('derives a name from the file name %j: %j', (file, name) => {
  expect(suggestEmojiName(file)).toBe(name);
});
