/** Handles: the cases that the server's tests read, too. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { storeMentions, writeMentions } from '../message/heldMentions';
import { mentionBeingWritten } from '../message/typedMentions';
import { writingAt } from '../search/completion';
import { handleOf } from './handle';

interface Cases {
  given: [given: string, handle: string | null][];
  made: [name: string, handle: string][];
  read: { members: string[]; text: string; mentions: string[] }[];
}

const shared = join(import.meta.dirname, '../../../../api/src/member/handles.json');
const cases: Cases = JSON.parse(readFileSync(shared, 'utf8'));

const idOf = (index: number) => `mem_01890000-0000-7000-8000-00000000000${index}`;

describe('a handle', () => {
  it.each(cases.given)('%j has the form that the server gives it', (given, handle) => {
    // Groups are no members, which the server says when somebody wants to be called so.
    const isGroup = /^(channel|here|all|everyone)$/.test(handleOf(given) ?? '');
    expect(isGroup ? null : handleOf(given)).toBe(handle);
  });

  const handles = [
    ...cases.made.map(([, handle]) => handle),
    ...cases.read.flatMap((c) => c.members),
  ];

  it.each([...new Set(handles)])(
    '%j is offered while it is typed, in a text and in a search',
    (handle) => {
      for (const written of [handle, handle.normalize('NFD'), handle.toUpperCase()]) {
        const letters = [...written];
        for (let typed = 1; typed <= letters.length; typed++) {
          const word = letters.slice(0, typed).join('');
          const text = `hello @${word}`;
          expect(mentionBeingWritten(text, text.length)).toEqual({ from: 6, word });
          const search = `from:@${word}`;
          expect(writingAt(search, search.length)?.word).toBe(`@${word}`);
        }
      }
    },
  );

  it.each(cases.read)('of $members is read in $text', ({ members, text, mentions }) => {
    const memberIdOf = (handle: string) => {
      const index = members.indexOf(handle);
      return index === -1 ? undefined : idOf(index);
    };
    const { text: stored } = storeMentions({ text, held: [] }, memberIdOf);
    const ids = [...stored.matchAll(/<@(.+?)>/g)].map((match) => match[1]);
    expect(ids).toEqual(mentions.map(memberIdOf));
    // And it stays so in an edit.
    const field = writeMentions(
      stored,
      (id) => members[members.map((_, i) => idOf(i)).indexOf(id)],
    );
    expect(storeMentions(field, () => undefined).text).toBe(stored);
  });
});
