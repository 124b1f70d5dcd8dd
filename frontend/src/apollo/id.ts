/**
 * Ids that the client mints for what it creates: a prefix and a UUIDv7.
 *
 * The id of a message is at once its idempotency key and its key in the cache, so sending the same
 * one again is harmless. `crypto.randomUUID` is missing on plain HTTP; `getRandomValues` is not.
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
