/** Conversion between typed and stored text: edits preserve unchanged parts. */
import { describe, expect, it } from 'vitest';
import { memberId as idOf } from '../member/memberFixture';
import { renderedMentions } from '../message/grammar';
import { displayMentions, storeMentions, updateHeldRanges } from './heldMentions';

const [ann, ben, cy, formerBen] = [idOf('a'), idOf('b'), idOf('c'), idOf('d')];

/** Handles by member id. A former member shares a handle with a current one. */
const handles = new Map([
  [ann, 'ann'],
  [ben, 'ben'],
  [cy, 'cy'],
  [formerBen, 'ben'],
  [idOf('e'), 'ben-related'],
  [idOf('f'), 'अमित-शर्मा'],
]);
const handleOf = (id: string) => handles.get(id);
const now = new Map(
  [...handles].filter(([id]) => id !== formerBen).map(([id, handle]) => [handle, id]),
);
const memberIdOf = (handle: string) => now.get(handle);

const edited = (stored: string) =>
  storeMentions(displayMentions(stored, handleOf), memberIdOf).text;

/** The stored form of newly typed text. */
const typed = (text: string) => storeMentions({ text, held: [] }, memberIdOf).text;

/** Edits the typed form of a stored text at a position. */
function writeAt(stored: string, find: (text: string) => number, insert: string, remove = 0) {
  const field = displayMentions(stored, handleOf);
  const at = find(field.text);
  const text = field.text.slice(0, at) + insert + field.text.slice(at + remove);
  return storeMentions(
    { text, held: updateHeldRanges(field, text, at + insert.length) },
    memberIdOf,
  ).text;
}

const atEnd = (text: string) => text.length;

describe('edits', () => {
  it.each([
    `<@${ben}>-related, <@${ben}>'s`,
    `<@${ben}>_x`,
    `<@${ben}>.com`,
    `<@${ben}>2`,
    `<@${ben}><@${cy}>`,
    `a<@${ben}>`,
    `.<@${ben}>`,
    `/<@${ben}>`,
    `_<@${ben}>_`,
    '<!channel>s',
    `Ask <@${formerBen}> about it, not <@${ben}>`,
    'The literal @ben, @nobody and @channel',
    `\`<@${ben}>\` and \\<@${ben}> are none`,
    `<@${idOf('9')}> is unknown here`,
    '',
  ])('preserve unchanged parts of %j', (stored) => {
    expect(edited(stored)).toBe(stored);
    expect(writeAt(stored, atEnd, ' and more')).toBe(`${stored} and more`);
    expect(writeAt(stored, () => 0, 'Well, ')).toBe(`Well, ${stored}`);
  });

  it('show handles instead of ids', () => {
    const { text } = displayMentions(`<@${ann}>, <!here>: \`<@${ann}>\``, handleOf);
    expect(text).toBe(`@ann, @here: \`<@${ann}>\``);
  });

  it('remove the right one of two equal handles', () => {
    const stored = `<@${formerBen}> <@${ben}>`;
    expect(writeAt(stored, () => 0, '', '@ben '.length)).toBe(`<@${ben}>`);
    expect(writeAt(stored, (text) => text.indexOf(' '), '', ' @ben'.length)).toBe(
      `<@${formerBen}>`,
    );
  });

  it('resolve a handle again when it grows', () => {
    expect(writeAt(`<@${ann}>`, atEnd, 'abel')).toBe('@annabel');
    expect(writeAt(`<@${ben}> x`, (text) => text.indexOf(' '), '-related')).toBe(
      `<@${idOf('e')}> x`,
    );
    expect(writeAt(`<@${formerBen}> x`, () => 0, 'mail')).toBe('mail@ben x');
  });

  it('turn a mention into text when it becomes code', () => {
    const field = displayMentions(`see <@${ann}>`, handleOf);
    let { text, held } = field;
    for (const at of [4, 9]) {
      const next = `${text.slice(0, at)}\`${text.slice(at)}`;
      held = updateHeldRanges({ text, held }, next, at + 1);
      text = next;
    }
    expect(storeMentions({ text, held }, memberIdOf).text).toBe('see `@ann`');
  });
});

/** Deterministic pseudo-random numbers. */
function* numbers(seed: number): Generator<number> {
  let state = seed;
  while (true) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

/** Generates short texts from Markdown, URL and handle fragments. */
function* generated(pieces: readonly string[], count: number, seed: number): Generator<string> {
  const next = numbers(seed);
  const number = () => next.next().value as number;
  for (let made = 0; made < count; made++) {
    const length = 1 + (number() % 9);
    yield Array.from({ length }, () => pieces[number() % pieces.length]).join('');
  }
}

const marks = [
  ...[
    '`',
    '``',
    '~~~',
    '~',
    ' ',
    '  ',
    '    ',
    '<',
    '>',
    '\\',
    '|',
    '[',
    ']',
    '(',
    ')',
    '\n',
    '\n\n',
  ],
  ...[
    '_',
    '__',
    '*',
    '**',
    '-',
    '- ',
    '1. ',
    '> ',
    '# ',
    '.',
    ',',
    ':',
    '/',
    '!',
    "'",
    '"',
    '&lt;',
  ],
  ...['a', 'x@', 'https://', 'https://example.org/', 'www.example.org', '](', '?q=', 'é'],
  ...['e\u0301', '\u0301', '\u200d', '\ufe0f', '👍🏽', 'ित', 'さん', '|a|b|\n|-|-|\n|', '```\n'],
  ...['@', '<@', '<!'],
];
const stored = [...handles.keys(), idOf('9')].map((id) => `<@${id}>`);
const written = ['@ann', '@ben', '@ben-related', '@nobody', '@channel', '@here', '@अमित-शर्मा'];

// Independent of machine speed.
const slowTest = { timeout: 120_000 };

describe('generated texts', slowTest, () => {
  it('round-trip unchanged', () => {
    const pieces = [...marks, ...stored, ...stored, '<!channel>', '<!here>', ...written];
    for (const text of generated(pieces, 2_000, 1)) expect(edited(text)).toBe(text);
  });

  it('mention exactly the members they render as mentioned', () => {
    for (const text of generated([...marks, ...written, ...written], 2_000, 2)) {
      const { text: storedText, resolved } = storeMentions({ text, held: [] }, memberIdOf);
      const rendered = new Set(
        renderedMentions(storedText).map((target) => handles.get(target) ?? target),
      );
      expect([...rendered].sort(), text).toEqual([...resolved].sort());
      expect(storedText.match(/<@mem_|<!(channel|here)>/g)?.length ?? 0, text).toBe(
        renderedMentions(storedText).length,
      );
    }
  });
});

describe('typed text', () => {
  it.each([
    ['hello @ann!', `hello <@${ann}>!`],
    ['@Ann, look', `<@${ann}>, look`],
    ['@ann. Next', `<@${ann}>. Next`],
    ['(@ann)', `(<@${ann}>)`],
    ['@channel and @here', '<!channel> and <!here>'],
    ['@nobody stays', '@nobody stays'],
    // Emphasis does not affect mentions.
    ['_@ann_ please', `_<@${ann}>_ please`],
    ['__@ann__', `__<@${ann}>__`],
    ['_hey @ann_', `_hey <@${ann}>_`],
    ['*@ann* **@ann** ~~@ann~~', `*<@${ann}>* **<@${ann}>** ~~<@${ann}>~~`],
    // Anything but a word, an email or a URL may precede a mention.
    ['@ann/@ben', `<@${ann}>/<@${ben}>`],
    ['Thanks...@ann', `Thanks...<@${ann}>`],
    ['"@ann" cc:@ann', `"<@${ann}>" cc:<@${ann}>`],
    ["@ann's @ann,@ben", `<@${ann}>'s <@${ann}>,<@${ben}>`],
    ['mail@ann', 'mail@ann'],
    ['x@ann.example', 'x@ann.example'],
    ['x+y_@ann.example', 'x+y_@ann.example'],
    ['https://example.org/@ann', 'https://example.org/@ann'],
    ['example.org/@ann', 'example.org/@ann'],
    // The longest existing handle wins.
    ['@ben-related', `<@${idOf('e')}>`],
    ['@ben-like', `<@${ben}>-like`],
    ['@ann_ and @ann_x', `<@${ann}>_ and <@${ann}>_x`],
    ['@annabel', '@annabel'],
    ['@channels, @channel-list', '@channels, @channel-list'],
    ['@अमित-शर्मा hello', `<@${idOf('f')}> hello`],
    ['@अमित-शर्मा, hello', `<@${idOf('f')}>, hello`],
    // Only where the parser renders plain text.
    ['`@ann` is code', '`@ann` is code'],
    ['```\n@ann\n```\n@ann', `\`\`\`\n@ann\n\`\`\`\n<@${ann}>`],
    ['```\n@ann never closed', '```\n@ann never closed'],
    ['It`s late.\n\n@ann don`t wait', `It\`s late.\n\n<@${ann}> don\`t wait`],
    ['\\`@ann\\`', `\\\`<@${ann}>\\\``],
    ['\\@ann', '\\@ann'],
    ['- a\n\n      @ann', '- a\n\n      @ann'],
    ['````\n```\n@ann\n```\n````', '````\n```\n@ann\n```\n````'],
    ['[x](https://example.org/?q=@ann)', '[x](https://example.org/?q=@ann)'],
    ['[a](https://example.org "@ann")', '[a](https://example.org "@ann")'],
    ['https://example.org/?u=@ann', 'https://example.org/?u=@ann'],
    ['https://example.org/a,@ann', 'https://example.org/a,@ann'],
    ['[@ann](https://example.org)', `[<@${ann}>](https://example.org)`],
  ])('%j is stored as %j', (text, expected) => {
    expect(typed(text)).toBe(expected);
  });
});
