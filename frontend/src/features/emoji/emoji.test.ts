/** Names of emoji. */
import { expect, it } from 'vitest';
import { nameForFile, nameOfEmoji } from './emoji';

it('tells `:name:` from other emoji', () => {
  expect(nameOfEmoji(':party_parrot:')).toBe('party_parrot');
  expect(nameOfEmoji(':+1:')).toBe('+1');
  for (const other of ['👍', ':Party:', '::', ':a b:', ':a', 'x:a:']) {
    expect(nameOfEmoji(other)).toBeNull();
  }
});

it.each([
  ['Party Parrot.gif', 'party_parrot'],
  ['ship-it.png', 'ship-it'],
  ['  Ärger!.webp', 'rger'],
  ['猫.png', ''],
])('calls the picture %j %j', (file, name) => {
  expect(nameForFile(file)).toBe(name);
});
