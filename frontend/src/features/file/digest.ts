/** The hash by which the server knows that the bytes have arrived as they were. */

/** A larger file is not read into memory for it; its parts are checked as they come. */
const largest = 64 * 1024 * 1024;

/** SHA-256 in hexadecimal digits; undefined where the page may not compute it, such as on plain HTTP. */
export async function digestOf(blob: Blob): Promise<string | undefined> {
  if (blob.size > largest || !globalThis.crypto?.subtle) return undefined;
  const hash = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
