/** What stands in the field and what is stored: an edit leaves alone what it does not touch. */
import { describe, expect, it } from 'vitest';
import { drawnMentions } from './grammar';
import { heldAfter, storeMentions, writeMentions } from './heldMentions';

const idOf = (letter: string) => `mem_01890000-0000-7000-8000-00000000000${letter}`;
const [ann, ben, cy, formerBen] = [idOf('a'), idOf('b'), idOf('c'), idOf('d')];

/** By id, as a client has met them: one who has left shares a handle with one who came. */
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

const edited = (stored: string) => storeMentions(writeMentions(stored, handleOf), memberIdOf).text;

/** What is stored when the text is given in the field to begin with. */
const typed = (text: string) => storeMentions({ text, held: [] }, memberIdOf).text;

/** Writes at a place of the field of a stored text. */
function writeAt(stored: string, find: (text: string) => number, insert: string, remove = 0) {
  const field = writeMentions(stored, handleOf);
  const at = find(field.text);
  const text = field.text.slice(0, at) + insert + field.text.slice(at + remove);
  return storeMentions({ text, held: heldAfter(field, text, at + insert.length) }, memberIdOf).text;
}

const atEnd = (text: string) => text.length;

describe('an edit', () => {
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
  ])('of %j leaves alone what it does not touch', (stored) => {
    expect(edited(stored)).toBe(stored);
    expect(writeAt(stored, atEnd, ' and more')).toBe(`${stored} and more`);
    expect(writeAt(stored, () => 0, 'Well, ')).toBe(`Well, ${stored}`);
  });

  it('shows handles and no ids', () => {
    const { text } = writeMentions(`<@${ann}>, <!here>: \`<@${ann}>\``, handleOf);
    expect(text).toBe(`@ann, @here: \`<@${ann}>\``);
  });

  it('that takes one of two equal handles away takes away that one', () => {
    const stored = `<@${formerBen}> <@${ben}>`;
    expect(writeAt(stored, () => 0, '', '@ben '.length)).toBe(`<@${ben}>`);
    expect(writeAt(stored, (text) => text.indexOf(' '), '', ' @ben'.length)).toBe(
      `<@${formerBen}>`,
    );
  });

  it('that makes a handle longer asks anew whom it means', () => {
    expect(writeAt(`<@${ann}>`, atEnd, 'abel')).toBe('@annabel');
    expect(writeAt(`<@${ben}> x`, (text) => text.indexOf(' '), '-related')).toBe(
      `<@${idOf('e')}> x`,
    );
    expect(writeAt(`<@${formerBen}> x`, () => 0, 'mail')).toBe('mail@ben x');
  });

  it('that makes code of a mention makes it text', () => {
    const field = writeMentions(`see <@${ann}>`, handleOf);
    let { text, held } = field;
    for (const at of [4, 9]) {
      const next = `${text.slice(0, at)}\`${text.slice(at)}`;
      held = heldAfter({ text, held }, next, at + 1);
      text = next;
    }
    expect(storeMentions({ text, held }, memberIdOf).text).toBe('see `@ann`');
  });
});

/** Numbers that look random and are the same in every run. */
function* numbers(seed: number): Generator<number> {
  let state = seed;
  while (true) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

/** Short texts out of what Markdown, addresses and handles are made of. */
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
  ...[
    'a',
    'x@',
    'https://',
    'https://example.org/',
    'www.example.org',
    '](',
    '?q=',
    'é',
    'e\u0301',
  ],
  ...[
    '\u0301',
    '\u200d',
    '\ufe0f',
    '👍🏽',
    'ित',
    'さん',
    '|a|b|\n|-|-|\n|',
    '```\n',
    '@',
    '<@',
    '<!',
  ],
];
const stored = [...handles.keys(), idOf('9')].map((id) => `<@${id}>`);
const written = ['@ann', '@ben', '@ben-related', '@nobody', '@channel', '@here', '@अमित-शर्मा'];

// Not bound to the speed of a machine.
const patience = { timeout: 120_000 };

describe('of many texts', patience, () => {
  it('each is stored as it was when nothing is changed', () => {
    const pieces = [...marks, ...stored, ...stored, '<!channel>', '<!here>', ...written];
    for (const text of generated(pieces, 2_000, 1)) expect(edited(text)).toBe(text);
  });

  it('whom a typed one mentions is whom it is drawn to mention', () => {
    for (const text of generated([...marks, ...written, ...written], 2_000, 2)) {
      const { text: kept, resolved } = storeMentions({ text, held: [] }, memberIdOf);
      const drawn = new Set(drawnMentions(kept).map((target) => handles.get(target) ?? target));
      expect([...drawn].sort(), text).toEqual([...resolved].sort());
      expect(kept.match(/<@mem_|<!(channel|here)>/g)?.length ?? 0, text).toBe(
        drawnMentions(kept).length,
      );
    }
  });
});

describe('typed', () => {
  it.each([
    ['hello @ann!', `hello <@${ann}>!`],
    ['@Ann, look', `<@${ann}>, look`],
    ['@ann. Next', `<@${ann}>. Next`],
    ['(@ann)', `(<@${ann}>)`],
    ['@channel and @here', '<!channel> and <!here>'],
    ['@nobody stays', '@nobody stays'],
    // Emphasis is about looks, not about who is meant.
    ['_@ann_ please', `_<@${ann}>_ please`],
    ['__@ann__', `__<@${ann}>__`],
    ['_hey @ann_', `_hey <@${ann}>_`],
    ['*@ann* **@ann** ~~@ann~~', `*<@${ann}>* **<@${ann}>** ~~<@${ann}>~~`],
    // Before it anything but a word or an address.
    ['@ann/@ben', `<@${ann}>/<@${ben}>`],
    ['Thanks...@ann', `Thanks...<@${ann}>`],
    ['"@ann" cc:@ann', `"<@${ann}>" cc:<@${ann}>`],
    ["@ann's @ann,@ben", `<@${ann}>'s <@${ann}>,<@${ben}>`],
    ['mail@ann', 'mail@ann'],
    ['x@ann.example', 'x@ann.example'],
    ['x+y_@ann.example', 'x+y_@ann.example'],
    ['https://example.org/@ann', 'https://example.org/@ann'],
    ['example.org/@ann', 'example.org/@ann'],
    // Behind it the longest handle that exists.
    ['@ben-related', `<@${idOf('e')}>`],
    ['@ben-like', `<@${ben}>-like`],
    ['@ann_ and @ann_x', `<@${ann}>_ and <@${ann}>_x`],
    ['@annabel', '@annabel'],
    ['@channels, @channel-list', '@channels, @channel-list'],
    ['@अमित-शर्मा hello', `<@${idOf('f')}> hello`],
    ['@अमित-शर्मा, hello', `<@${idOf('f')}>, hello`],
    // Where the parser that draws would draw text.
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
