/** What is drawn of a text, what is left as it was written, and what of it would not be seen. */
import { describe, expect, it } from 'vitest';
import { bounds, parsedLength } from './bounds';
import { readText } from './readText';
import { Recent } from './recent';

describe('readText', () => {
  it.each([
    ...[
      '>',
      '#',
      '-',
      '+',
      '1.',
      '> >',
      '> -',
      '# #',
      '- -',
      '```\n```',
      '~~~',
      '&nbsp;',
      '&#x20;',
    ],
    ...['&#8203;', '[](https://example.org)', '[ ](https://example.org)', '---'],
  ])('shows %j as it was written', (text) => {
    expect(readText(text).verbatim).toBe(true);
  });

  it.each(['a', '> a', '- a', '`a`', '```\na\n```', '<!here>', ':+1:', '\u{1F44D}', '', '> &amp;'])(
    'draws %j',
    (text) => {
      expect(readText(text).verbatim).toBe(false);
    },
  );

  it('draws an ordinary long message whole', () => {
    const paragraph = 'Some **bold** words, a [link](https://example.com/a) and `code` too.\n\n';
    expect(readText(paragraph.repeat(100)).rest).toBe('');
    expect(readText(`\`\`\`js\n${'const a = [1, 2];\n'.repeat(390)}\`\`\``).rest).toBe('');
  });

  it('leaves what goes beyond the bounds as it was written, and loses nothing', () => {
    const lines = Array.from({ length: 2 * bounds.lines }, (_, i) => `line ${i}`);
    const { rest } = readText(lines.join('\n'));
    expect(rest).toBe(lines.slice(bounds.lines).join('\n'));

    const kept = 'before\n\n';
    const deep = `${'> '.repeat(40)}deep`;
    expect(readText(kept + deep).rest).toBe(deep);
    expect(readText(kept + deep).tokens).toHaveLength(3);
  });

  it('reads no more cells than the bounds allow, also those that rows leave out', () => {
    const table = `${'a|'.repeat(100)}\n${'-|'.repeat(100)}\n${'|\n'.repeat(1000)}`;
    const cells = readText(table).tokens.filter(({ type }) => /^t[hd]_open$/.test(type));
    expect(cells.length).toBeLessThanOrEqual(bounds.cells);
    const quoted = table.replace(/^/gm, '> ');
    expect(parsedLength(quoted)).toBeLessThan(quoted.length);
  });

  it('counts lines as the parser does', () => {
    const { rest } = readText(`a\r\nb\r\n\r\n${'> '.repeat(40)}c`);
    expect(rest).toBe(`${'> '.repeat(40)}c`);
  });
});

describe('Recent', () => {
  it('keeps what was used last within its room', () => {
    const recent = new Recent<number>(6);
    recent.set('aa', 1);
    recent.set('bb', 2);
    recent.set('cc', 3);
    expect(recent.get('aa')).toBe(1);
    recent.set('dd', 4);
    expect(recent.get('bb')).toBeUndefined();
    expect([recent.get('aa'), recent.get('cc'), recent.get('dd')]).toEqual([1, 3, 4]);
    recent.set('much longer than there is room', 5);
    expect(recent.length).toBe(1);
  });
});
