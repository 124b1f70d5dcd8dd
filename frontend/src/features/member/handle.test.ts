/** Handle rules, with test cases shared with the server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { displayMentions, storeMentions } from '../message/heldMentions';
import { mentionAtCaret } from '../message/typedMentions';
import { caretWordAt } from '../search/completion';
import { parseHandle } from './handle';

interface Cases {
  given: [given: string, handle: string | null][];
  made: [name: string, handle: string][];
  read: { members: string[]; text: string; mentions: string[] }[];
}

const shared = join(import.meta.dirname, '../../../../api/src/model/member/handles.json');
const cases: Cases = JSON.parse(readFileSync(shared, 'utf8'));

const idOf = (index: number) => `mem_01890000-0000-7000-8000-00000000000${index}`;

describe('handles', () => {
  it.each(cases.given)('normalizes %j as the server does', (given, handle) => {
    // Group names are reserved, which only the server enforces.
    const isGroup = /^(channel|here|all|everyone)$/.test(parseHandle(given) ?? '');
    expect(isGroup ? null : parseHandle(given)).toBe(handle);
  });

  const handles = [
    ...cases.made.map(([, handle]) => handle),
    ...cases.read.flatMap((c) => c.members),
  ];

  it.each([...new Set(handles)])(
    'completes %j while typing, in messages and in search',
    (handle) => {
      for (const written of [handle, handle.normalize('NFD'), handle.toUpperCase()]) {
        const letters = [...written];
        for (let typed = 1; typed <= letters.length; typed++) {
          const word = letters.slice(0, typed).join('');
          const text = `hello @${word}`;
          expect(mentionAtCaret(text, text.length)).toEqual({ from: 6, word });
          const search = `from:@${word}`;
          expect(caretWordAt(search, search.length)?.word).toBe(`@${word}`);
        }
      }
    },
  );

  it.each(cases.read)('resolves handles of $members in $text', ({ members, text, mentions }) => {
    const memberIdOf = (handle: string) => {
      const index = members.indexOf(handle);
      return index === -1 ? undefined : idOf(index);
    };
    const { text: stored } = storeMentions({ text, held: [] }, memberIdOf);
    const ids = [...stored.matchAll(/<@(.+?)>/g)].map((match) => match[1]);
    expect(ids).toEqual(mentions.map(memberIdOf));
    // Editing preserves it.
    const field = displayMentions(
      stored,
      (id) => members[members.map((_, i) => idOf(i)).indexOf(id)],
    );
    expect(storeMentions(field, () => undefined).text).toBe(stored);
  });
});
