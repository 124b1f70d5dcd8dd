/**
 * Client-generated ids: a prefix, the workspace for objects in one, and a UUIDv7, each in 26 base32 characters.
 *
 * A message id is also its idempotency key and its cache key, so sending a message twice is harmless.
 * Uses `getRandomValues` because `crypto.randomUUID` is unavailable on plain HTTP.
 */
export type IdPrefix = 'wks' | 'cmd';
export type ScopedIdPrefix = 'chn' | 'msg' | 'inv' | 'sav' | 'fil' | 'emo';

/** Returns a new id that is unique on the server. */
export function mintId(prefix: IdPrefix, now?: number): string {
  return `${prefix}_${mintUuid(now)}`;
}

/** Returns a new id of an object in a workspace. */
export function mintIdIn(workspaceId: string, prefix: ScopedIdPrefix, now?: number): string {
  return `${prefix}_${workspaceId.slice(4)}${mintUuid(now)}`;
}

function mintUuid(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return base32(bytes);
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Crockford's base32 of 128 bits, with two leading zero bits. */
function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let count = 2;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    count += 8;
    while (count >= 5) {
      count -= 5;
      text += alphabet[(bits >> count) & 31];
    }
    bits &= (1 << count) - 1;
  }
  return text;
}
