/**
 * Client-generated ids: a prefix and a UUIDv7.
 *
 * A message id is also its idempotency key and its cache key, so sending a message twice is harmless.
 * Uses `getRandomValues` because `crypto.randomUUID` is unavailable on plain HTTP.
 */
export type IdPrefix = 'wks' | 'chn' | 'msg' | 'inv' | 'cmd' | 'sav' | 'fil' | 'emo';

export function mintId(prefix: IdPrefix, now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const uuid = [8, 12, 16, 20].reduceRight((s, at) => `${s.slice(0, at)}-${s.slice(at)}`, hex);
  return `${prefix}_${uuid}`;
}
