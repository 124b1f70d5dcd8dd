/** Mentions between what is written and what is stored. */
import { describe, expect, it } from 'vitest';
import {
  mentionBeingWritten,
  mentionedMembers,
  storeMentions,
  writeMentions,
  writtenHandles,
} from './mention';

const ann = 'mem_01890000-0000-7000-8000-00000000000a';
const idOf = (handle: string) => (handle === 'ann' ? ann : undefined);
const handleOf = (id: string) => (id === ann ? 'ann' : undefined);

describe('storeMentions', () => {
  it.each([
    ['hello @ann!', `hello <@${ann}>!`],
    ['@Ann, look', `<@${ann}>, look`],
    ['@ann. Next', `<@${ann}>. Next`],
    ['(@ann)', `(<@${ann}>)`],
    ['@channel and @here', '<!channel> and <!here>'],
    ['@nobody stays', '@nobody stays'],
    ['mail ann@ann.example', 'mail ann@ann.example'],
    ['`@ann` is code', '`@ann` is code'],
    ['```\n@ann\n```\n@ann', `\`\`\`\n@ann\n\`\`\`\n<@${ann}>`],
    ['```\n@ann never closed', '```\n@ann never closed'],
  ])('%j becomes %j', (written, stored) => {
    expect(storeMentions(written, idOf)).toBe(stored);
  });
});

describe('writeMentions', () => {
  it('gives back what was written', () => {
    const written = 'hi @ann and @channel, not `<@ann>`';
    expect(writeMentions(storeMentions(written, idOf), handleOf)).toBe(written);
  });

  it('keeps members that it cannot name', () => {
    const stranger = '<@mem_01890000-0000-7000-8000-00000000000b>';
    expect(writeMentions(stranger, handleOf)).toBe(stranger);
    expect(storeMentions(stranger, idOf)).toBe(stranger);
  });
});

describe('mentionBeingWritten', () => {
  it.each([
    ['hi @an', { from: 3, word: 'an' }],
    ['@', { from: 0, word: '' }],
    ['a@b', null],
    ['hi @an ', null],
  ])('%j', (text, expected) => {
    expect(mentionBeingWritten(text, text.length)).toEqual(expected);
  });
});

it('finds everyone who is mentioned', () => {
  expect(mentionedMembers(`a <@${ann}> b <!here>`)).toEqual([ann]);
});

describe('writtenHandles', () => {
  it('finds each handle once, outside of code, and no groups', () => {
    expect(writtenHandles('@Ann, @ann and @ben.k; `@no` @here a@b.org')).toEqual(['ann', 'ben.k']);
  });
});
