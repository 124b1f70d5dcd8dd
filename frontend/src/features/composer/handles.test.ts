/** Handles in messages, with test cases shared with the server. */
import { expect, it } from 'vitest';
import { handleCases, typedBeginnings, validHandles } from '../member/handleCases';
import { memberId } from '../member/memberFixture';
import { displayMentions, storeMentions } from './heldMentions';
import { mentionAtCaret } from './typedMentions';

const idOf = (index: number) => memberId(String(index));

it.each(validHandles)('completes %j while typing', (handle) => {
  for (const word of typedBeginnings(handle)) {
    const text = `hello @${word}`;
    expect(mentionAtCaret(text, text.length)).toEqual({ from: 6, word });
  }
});

it.each(handleCases.read)('resolves handles of $members in $text', (example) => {
  const { members, text, mentions } = example;
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
