/** Parsing within limits, plain-text rest, and invisible texts. */
import { describe, expect, it } from 'vitest';
import { bounds, parsedLength } from './bounds';
import { LruCache } from './lruCache';
import { parseText } from './parseText';

describe('parseText', () => {
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
  ])('shows %j verbatim', (text) => {
    expect(parseText(text).verbatim).toBe(true);
  });

  it.each(['a', '> a', '- a', '`a`', '```\na\n```', '<!here>', ':+1:', '\u{1F44D}', '', '> &amp;'])(
    'renders %j',
    (text) => {
      expect(parseText(text).verbatim).toBe(false);
    },
  );

  it('renders an ordinary long message completely', () => {
    const paragraph = 'Some **bold** words, a [link](https://example.com/a) and `code` too.\n\n';
    expect(parseText(paragraph.repeat(100)).rest).toBe('');
    expect(parseText(`\`\`\`js\n${'const a = [1, 2];\n'.repeat(390)}\`\`\``).rest).toBe('');
  });

  it('keeps text beyond the limits verbatim', () => {
    const lines = Array.from({ length: 2 * bounds.lines }, (_, i) => `line ${i}`);
    const { rest } = parseText(lines.join('\n'));
    expect(rest).toBe(lines.slice(bounds.lines).join('\n'));

    const kept = 'before\n\n';
    const deep = `${'> '.repeat(40)}deep`;
    expect(parseText(kept + deep).rest).toBe(deep);
    expect(parseText(kept + deep).tokens).toHaveLength(3);
  });

  it('limits table cells, including omitted ones', () => {
    const table = `${'a|'.repeat(100)}\n${'-|'.repeat(100)}\n${'|\n'.repeat(1000)}`;
    const cells = parseText(table).tokens.filter(({ type }) => /^t[hd]_open$/.test(type));
    expect(cells.length).toBeLessThanOrEqual(bounds.cells);
    const quoted = table.replace(/^/gm, '> ');
    expect(parsedLength(quoted)).toBeLessThan(quoted.length);
  });

  it('counts lines as the parser does', () => {
    const { rest } = parseText(`a\r\nb\r\n\r\n${'> '.repeat(40)}c`);
    expect(rest).toBe(`${'> '.repeat(40)}c`);
  });
});

describe('LruCache', () => {
  it('evicts the least recently used values', () => {
    const cache = new LruCache<number>(6);
    cache.set('aa', 1);
    cache.set('bb', 2);
    cache.set('cc', 3);
    expect(cache.get('aa')).toBe(1);
    cache.set('dd', 4);
    expect(cache.get('bb')).toBeUndefined();
    expect([cache.get('aa'), cache.get('cc'), cache.get('dd')]).toEqual([1, 3, 4]);
    cache.set('much longer than there is room', 5);
    expect(cache.length).toBe(1);
  });
});
