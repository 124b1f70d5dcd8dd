/** Characters of a text as the server counts them: Unicode code points, not UTF-16 units. */

/** Counts as the server does, which trims and normalizes names before. */
export function countCharacters(text: string): number {
  return [...text.trim().normalize('NFC')].length;
}

export function firstCharacters(text: string, count: number): string {
  return [...text].slice(0, count).join('');
}
