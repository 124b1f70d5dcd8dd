/** Hostile texts: patterns from parsers' own tests, and seeded variations. */

import { numbers } from '../numbers';

/** The server's maximum text length. */
const longest = 16_000;

/** Repeats a piece as often as it fits. */
const fill = (piece: string, room = longest) => piece.repeat(Math.floor(room / piece.length));
const count = (times: number, piece: (index: number) => string) =>
  Array.from({ length: times }, (_, index) => piece(index)).join('');

/** From the shared CommonMark tests against quadratic time, and from reports against chat clients. */
const known: readonly string[] = [
  `${fill('*a **a ', 8000)}b${fill(' a** a*', 7990)}`,
  fill('a**b'),
  fill('a_b'),
  fill('*a_ '),
  fill('a ** a*'),
  fill('a **a* '),
  `a**b${fill('c* ', 15_990)}`,
  `${fill('x[', 8000)}${fill(']x', 8000)}`,
  fill('['),
  fill('[a]('),
  fill('[a](<b'),
  fill('[a](\\'),
  fill('[ (]('),
  fill('!['),
  fill('![[]()'),
  fill('[]('),
  fill('[a][b]'),
  fill('[a]: b\n'),
  `[a](${fill('(', 15_990)}`,
  `[a](b${fill('(', 7900)}${fill(')', 7900)})`,
  `[a](${fill('&', 15_990)})`,
  `[a](http://b.example/${fill('%', 15_900)})`,
  `http://b.example/${fill('(', 15_900)}`,
  fill('http://'),
  fill('http://a.bc '),
  fill('//a.b '),
  fill('a@b.c '),
  fill('a@'),
  fill('a.'),
  fill('.com,'),
  fill('www.a.b '),
  fill('<'),
  fill('<a'),
  fill('</'),
  fill('<!'),
  fill('<!--'),
  fill('<?'),
  fill('<![CDATA['),
  fill('<a@b.c>'),
  fill('<http://a.bc>'),
  fill('&'),
  fill('&amp;'),
  fill('&#x'),
  fill('&#8203;'),
  fill('\\'),
  fill('\\*'),
  fill('\\\n'),
  fill('`'),
  count(170, (i) => `${'`'.repeat(i)} `),
  count(170, (i) => `e${'`'.repeat(i)}`),
  fill('``a`'),
  fill('~~a'),
  fill('~~~~'),
  fill('>'),
  fill('> '),
  fill('> a\n'),
  fill('> - '),
  fill('> 1. # '),
  fill('- '),
  `${fill('- ', 8000)}x${fill('\n', 7990)}`,
  fill('- a\n'),
  fill('* a\n\n'),
  fill('1. a\n'),
  fill('1. '),
  count(170, (i) => `${' '.repeat(i)}- a\n`),
  count(100, (i) => `${'  '.repeat(i)}1. a\n\n`),
  count(110, (i) => `${'>'.repeat(i)} a\n`),
  fill('# a\n'),
  fill('#'),
  fill('a\n-\n'),
  fill('a\n===\n'),
  fill('---\n'),
  fill('```\n'),
  fill('~~~ a\n'),
  fill('```js\n1\n```\n'),
  fill('    a\n'),
  fill('\ta\n\n'),
  fill('a\n'),
  fill('a  \n'),
  fill('\n'),
  `${fill('\t', 15_990)}a`,
  `${fill(' ', 15_990)}a`,
  fill('\r'),
  fill('a\r\n'),
  fill('\u00A0'),
  fill('\u200B'),
  fill('\u202E'),
  fill('a\u0301'),
  `a${fill('\u0301', 15_990)}`,
  fill('\uD83D\uDC68\u200D'),
  fill('\uD83C\uDDE6'),
  fill('\uD800'),
  fill('\u{1F600}'),
  fill('\uFDFA'),
  fill(':aa: '),
  fill(':a:'),
  fill(':'),
  fill('<!channel>'),
  fill('<@mem_01h455vb4pex5vsknk084sn02q01h4000000e00800000000000a>'),
  fill('<@mem_'),
  fill('@ann '),
  fill('"'),
  fill("'a' "),
  fill('(c) '),
  `${fill('a|', 6000)}\n${fill('-|', 6000)}\n${fill('|\n', 3900)}`,
  `${fill('|', 64)}\n|${fill('-|', 128)}\n${fill('|\n', 15_000)}`,
  `|a|\n|-|\n${fill('|b|\n', 15_900)}`,
  `a|b\n-|-\n${fill('c\n', 15_900)}`,
  `> a|b\n> -|-\n${fill('> c\n', 15_900)}`,
  `- a|b\n  -|-\n${fill('  c\n', 15_900)}`,
  fill('|a|b|\n|-|-|\n|c|d|\n\n'),
  fill('|a|\n|-|\n'),
  fill('|-'),
  fill('|:-:'),
  `|${fill('a|', 7900)}\n|${fill('-|', 7900)}`,
  // Renders as nothing.
  ...['>', '#', '-', '+', '1.', '> >', '> -', '# #', '- -', '```\n```', '~~~', '&nbsp;', '&#x20;'],
  ...['&#8203;', '[](https://example.org)', '[ ](https://example.org)', '---', '***', '&zwj;', '*'],
];

const languages = [
  ...['bash', 'c', 'cpp', 'css', 'diff', 'go', 'graphql', 'java', 'javascript', 'json', 'markdown'],
  ...['python', 'ruby', 'rust', 'sql', 'typescript', 'xml', 'yaml', 'html', 'js', 'nothing'],
];

/** Fragments of code, including openings that make highlighters search for an end. */
const codeAtoms = [
  ...['[a](', '[', '(', '{', '<', '<a ', '"', "'", '`', '\\', '/*', '//', '--', '#', '@', '$'],
  ...['${', 'a ', 'a.', 'a(', '0x', '1e', '1_', '<<A\n', '%q(', 'r#"', '=>', '*_', '**a', '- '],
  ...['> ', ': ', '<!--', '<![', '&', 'function ', 'class A ', 'let a=', 'SELECT ', '<T,', '::'],
  ...['?', '/a', 'f"{'],
];

const textAtoms = [
  ...['*', '**', '_', '~~', '`', '[', ']', '](', '(', ')', '!', '<', '>', '\\', '&', '|', '#', '-'],
  ...['\n', '\n\n', ' ', '\t', '    ', '> ', '- ', '1. ', '```', '~~~', '|-|\n', 'a', 'é'],
  ...['\u200B', 'http://a.bc/', 'a@b.cd', ':aa:', '<!here>', '\u{1F44D}', '---\n', '===\n'],
  ...['[a](b)', '**a**'],
];

function* generated(seed: number): Generator<string> {
  const random = numbers(seed);
  const pick = (list: readonly string[]) => list[random(list.length)] ?? '';
  const some = (list: readonly string[]) => count(1 + random(5), () => pick(list));
  const fence = (language: string, code: string) => `\`\`\`${language}\n${code}`.slice(0, longest);
  // Short enough for highlighting, and of maximum length.
  for (const language of languages) {
    for (let i = 0; i < 8; i++) yield fence(language, fill(some(codeAtoms), 9900));
    yield fence(language, fill(pick(codeAtoms), 15_900));
    yield fence(language, count(2000, () => some(codeAtoms)).slice(0, 9900));
  }
  // Repeated, alternating and nested patterns.
  for (let i = 0; i < 150; i++) yield fill(some(textAtoms));
  for (let i = 0; i < 150; i++) yield count(4000, () => some(textAtoms)).slice(0, longest);
  for (let i = 0; i < 60; i++) {
    const lines = count(
      600,
      () => `${some(['> ', '- ', '1. ', '  ', '|', ''])}${some(textAtoms)}\n`,
    );
    yield lines.slice(0, longest);
  }
}

export const corpus: readonly string[] = [...known, ...generated(20260101)];

/** Known to have frozen the page: `highlight.js` takes minutes, and 12 kB become 65,000 cells. */
export const worst = {
  code: `\`\`\`markdown\n${fill('[a](', 15_950)}`,
  table: `${fill('a|', 6000)}\n${fill('-|', 6000)}\n${fill('|\n', 3900)}`,
};
