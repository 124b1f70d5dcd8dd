/** Client-generated ids are TypeIDs with the current time. */
import { expect, test } from 'vitest';
import { mintId, mintIdIn } from './id';

const base32 = '[0-7][0-9a-hjkmnp-tv-z]{25}';

test('mints UUIDv7s in base32', () => {
  const id = mintId('cmd', 0x01890a5dac96);
  expect(id).toMatch(new RegExp(`^cmd_${base32}$`));
  // The example of the TypeID specification has this time and version. The last letter has a random bit.
  expect(id).toMatch(/^cmd_01h455vb4p[ef]/);
  expect(mintId('cmd')).not.toBe(mintId('cmd'));
});

test('scopes ids to their workspace', () => {
  const workspaceId = mintId('wks');
  const id = mintIdIn(workspaceId, 'msg');
  expect(id).toMatch(new RegExp(`^msg_${workspaceId.slice(4)}${base32}$`));
});

test('later ids sort later', () => {
  const times = [1, 31, 32, 1024, 1_700_000_000_000, 1_800_000_000_000, 2 ** 47];
  const ids = times.map((time) => mintId('cmd', time));
  expect(ids.toSorted()).toEqual(ids);
});
