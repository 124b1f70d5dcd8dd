/** Excerpts of found messages. */
import { describe, expect, it } from 'vitest';
import { cutExcerpt, type Part } from './cutExcerpt';

const mem = 'mem_01h455vb4pex5vsknk084sn02q01h455vb4pex5vsknk084sn027';

/** Formats matches in brackets and mentions in braces. */
function shown(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      const text = part.kind === 'text' ? part.text : `{${part.target}}`;
      return part.marked ? `[${text}]` : text;
    })
    .join('');
}

/** Highlights every occurrence of the words. */
function find(text: string, words: readonly string[], maxLength?: number): string {
  const highlights = words
    .flatMap((word) =>
      [...text.matchAll(new RegExp(word, 'gu'))].map(({ index }) => ({
        start: index,
        length: word.length,
      })),
    )
    .sort((a, b) => a.start - b.start);
  return shown(cutExcerpt(text, highlights, maxLength));
}

describe('cutExcerpt', () => {
  it('highlights every match', () => {
    expect(find('We deploy when the deploy is green', ['deploy'])).toBe(
      'We [deploy] when the [deploy] is green',
    );
    expect(find('Nothing', [])).toBe('Nothing');
  });

  it("uses the server's offsets, including for emoji", () => {
    expect(find('🎉🎉 café 👩‍👩‍👧 here', ['café', 'here'])).toBe('🎉🎉 [café] 👩‍👩‍👧 [here]');
    expect(find('👍🏽👍🏽', ['👍🏽'])).toBe('[👍🏽👍🏽]');
  });

  it('cuts between words around the first match', () => {
    const text = `${'before '.repeat(60)}needle ${'after '.repeat(60)}needle`;
    const cut = find(text, ['needle'], 80);
    expect(cut).toMatch(/^…(before )+\[needle\]( after)+…$/);
    expect(cut.length).toBeLessThan(90);
  });

  it('keeps the beginning or the end if the match is near it', () => {
    const words = 'word '.repeat(80);
    expect(find(`needle ${words}`, ['needle'], 40)).toMatch(/^\[needle\] word.*…$/);
    expect(find(`${words}needle`, ['needle'], 40)).toMatch(/^….*word \[needle\]$/);
  });

  it('never splits graphemes', () => {
    for (const one of ['👩‍👩‍👧', '👍🏽', '🇫🇷', 'é']) {
      for (let maxLength = 20; maxLength < 32; maxLength++) {
        const cut = shown(
          cutExcerpt(one.repeat(60), [{ start: one.length * 30, length: one.length }], maxLength),
        );
        expect(cut.replace(/[…[\]]/g, '').replaceAll(one, ''), `${one} ${maxLength}`).toBe('');
      }
    }
  });

  it('keeps mentions whole and highlights matching ones', () => {
    expect(find(`Hi <@${mem}>, look`, ['look'])).toBe(`Hi {${mem}}, [look]`);
    expect(shown(cutExcerpt(`<@${mem}>`, [{ start: 0, length: 5 }]))).toBe(`[{${mem}}]`);
    expect(find('<!channel> a < b', [])).toBe('{channel} a < b');
    const cut = find(`${'x'.repeat(30)}<@${mem}>${'y'.repeat(90)}`, ['yy'], 100);
    expect(cut).toContain(`{${mem}}`);
  });

  it('shows Markdown and code as plain text', () => {
    expect(find('# Title\n> **bold** and *thin* `a**b**c`', ['bold'])).toBe(
      'Title\n[bold] and thin a**b**c',
    );
    expect(find('```rust\nlet a_b = *c;\n```\nafter', ['a_b'])).toBe('let [a_b] = *c;\n\nafter');
    expect(find('snake_case_name 2 * 3 * 4', ['case'])).toBe('snake_[case]_name 2 * 3 * 4');
    expect(find('a **bold', ['bold'])).toBe('a **[bold]');
  });

  it.each(['>', '# #', '```\n```'])('shows %j verbatim', (text) => {
    expect(cutExcerpt(text, [])).toEqual([{ kind: 'text', text, marked: false }]);
  });

  it('parses only the surrounding text', () => {
    const text = `${'**a '.repeat(3000)}here${' a**'.repeat(900)}`;
    const parts = cutExcerpt(text, [{ start: text.indexOf('here'), length: 4 }]);
    expect(parts.some((part) => part.kind === 'text' && part.marked && part.text === 'here')).toBe(
      true,
    );
  });
});
