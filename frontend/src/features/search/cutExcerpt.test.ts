/** What is shown of a text that was found: cut, plain, with the matches marked. */
import { describe, expect, it } from 'vitest';
import { cutExcerpt, type Part } from './cutExcerpt';

const mem = 'mem_01890a5d-ac96-774b-bcce-b302099a8057';

/** Matches in brackets, mentions in braces. */
function shown(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      const text = part.kind === 'text' ? part.text : `{${part.target}}`;
      return part.marked ? `[${text}]` : text;
    })
    .join('');
}

/** With every place of the words as a match. */
function find(text: string, words: readonly string[], most?: number): string {
  const highlights = words
    .flatMap((word) =>
      [...text.matchAll(new RegExp(word, 'gu'))].map(({ index }) => ({
        start: index,
        length: word.length,
      })),
    )
    .sort((a, b) => a.start - b.start);
  return shown(cutExcerpt(text, highlights, most));
}

describe('cutExcerpt', () => {
  it('marks every match', () => {
    expect(find('We deploy when the deploy is green', ['deploy'])).toBe(
      'We [deploy] when the [deploy] is green',
    );
    expect(find('Nothing', [])).toBe('Nothing');
  });

  it('counts as the server does, emoji and all', () => {
    expect(find('🎉🎉 café 👩‍👩‍👧 here', ['café', 'here'])).toBe('🎉🎉 [café] 👩‍👩‍👧 [here]');
    expect(find('👍🏽👍🏽', ['👍🏽'])).toBe('[👍🏽👍🏽]');
  });

  it('cuts between words, around the first match', () => {
    const text = `${'before '.repeat(60)}needle ${'after '.repeat(60)}needle`;
    const cut = find(text, ['needle'], 80);
    expect(cut).toMatch(/^…(before )+\[needle\]( after)+…$/);
    expect(cut.length).toBeLessThan(90);
  });

  it('keeps the beginning or the end where the match is near it', () => {
    const words = 'word '.repeat(80);
    expect(find(`needle ${words}`, ['needle'], 40)).toMatch(/^\[needle\] word.*…$/);
    expect(find(`${words}needle`, ['needle'], 40)).toMatch(/^….*word \[needle\]$/);
  });

  it('never cuts an emoji or an accent apart', () => {
    for (const one of ['👩‍👩‍👧', '👍🏽', '🇫🇷', 'é']) {
      for (let most = 20; most < 32; most++) {
        const cut = shown(
          cutExcerpt(one.repeat(60), [{ start: one.length * 30, length: one.length }], most),
        );
        expect(cut.replace(/[…[\]]/g, '').replaceAll(one, ''), `${one} ${most}`).toBe('');
      }
    }
  });

  it('leaves mentions whole, and marks those that were found', () => {
    expect(find(`Hi <@${mem}>, look`, ['look'])).toBe(`Hi {${mem}}, [look]`);
    expect(shown(cutExcerpt(`<@${mem}>`, [{ start: 0, length: 5 }]))).toBe(`[{${mem}}]`);
    expect(find('<!channel> a < b', [])).toBe('{channel} a < b');
    const cut = find(`${'x'.repeat(30)}<@${mem}>${'y'.repeat(90)}`, ['yy'], 100);
    expect(cut).toContain(`{${mem}}`);
  });

  it('shows Markdown and code plainly', () => {
    expect(find('# Title\n> **bold** and *thin* `a**b**c`', ['bold'])).toBe(
      'Title\n[bold] and thin a**b**c',
    );
    expect(find('```rust\nlet a_b = *c;\n```\nafter', ['a_b'])).toBe('let [a_b] = *c;\n\nafter');
    expect(find('snake_case_name 2 * 3 * 4', ['case'])).toBe('snake_[case]_name 2 * 3 * 4');
    expect(find('a **bold', ['bold'])).toBe('a **[bold]');
  });

  it.each(['>', '# #', '```\n```'])('shows %j as it was written', (text) => {
    expect(cutExcerpt(text, [])).toEqual([{ kind: 'text', text, marked: false }]);
  });

  it('reads marks around the place only', () => {
    const text = `${'**a '.repeat(3000)}here${' a**'.repeat(900)}`;
    const parts = cutExcerpt(text, [{ start: text.indexOf('here'), length: 4 }]);
    expect(parts.some((part) => part.kind === 'text' && part.marked && part.text === 'here')).toBe(
      true,
    );
  });
});
