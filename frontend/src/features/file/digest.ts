/** The file hash that lets the server verify an upload. */

/** Larger files are not hashed, because hashing reads the whole file into memory. */
const maxHashedBytes = 64 * 1024 * 1024;

/** Returns the SHA-256 in hexadecimal, or undefined for large files and on plain HTTP. */
export async function digestOf(blob: Blob): Promise<string | undefined> {
  if (blob.size > maxHashedBytes || !globalThis.crypto?.subtle) return undefined;
  const hash = await crypto.subtle.digest('SHA-256', await blob.arrayBuffer());
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
