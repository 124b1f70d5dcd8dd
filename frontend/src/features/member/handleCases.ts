/** Test cases of handles, shared with the server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface HandleCases {
  given: [given: string, handle: string | null][];
  made: [name: string, handle: string][];
  read: { members: string[]; text: string; mentions: string[] }[];
}

const shared = join(import.meta.dirname, '../../../../api/src/model/member/handles.json');

export const handleCases: HandleCases = JSON.parse(readFileSync(shared, 'utf8'));

/** All valid handles of the cases. */
export const validHandles: readonly string[] = [
  ...new Set([
    ...handleCases.made.map(([, handle]) => handle),
    ...handleCases.read.flatMap(({ members }) => members),
  ]),
];

/** Every beginning of a handle, in each form in which it may be typed. */
export function typedBeginnings(handle: string): string[] {
  return [handle, handle.normalize('NFD'), handle.toUpperCase()].flatMap((written) => {
    const letters = [...written];
    return letters.map((_, index) => letters.slice(0, index + 1).join(''));
  });
}
