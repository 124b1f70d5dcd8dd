/** Markdown rendering and its safety. */
import { fireEvent, render } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { Markdown } from './Markdown';

const ann = 'mem_01h455vb4pex5vsknk084sn02q01h4000000e00800000000000a';

function show(text: string): HTMLElement {
  return render(<Markdown text={text} renderMention={(target) => <b data-who={target}>@</b>} />)
    .container;
}

describe('Markdown', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    'a <b onclick="alert(1)">b</b>',
    '<svg/onload=alert(1)>',
    '<iframe src="javascript:alert(1)"></iframe>',
  ])('renders %j as plain text', (text) => {
    const shown = show(text);
    expect(shown.textContent).toBe(text);
    expect(shown.querySelector('script, img, svg, iframe, b')).toBeNull();
  });

  it.each([
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](<java\nscript:alert(1)>)',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '[x](vbscript:msgbox)',
    '[x](file:///etc/passwd)',
    '[x](//evil.example)',
    '<javascript:alert(1)>',
    '![x](javascript:alert(1))',
    '[x]: javascript:alert(1)\n\n[x]',
  ])('does not link %j', (text) => {
    expect(show(text).querySelector('a, img')).toBeNull();
  });

  it('renders links with noopener', () => {
    const link = show('see https://example.com/a?b=c').querySelector('a');
    expect(link?.getAttribute('href')).toBe('https://example.com/a?b=c');
    expect(link?.getAttribute('rel')).toContain('noopener');
    expect(show('[mail](mailto:a@example.com)').querySelector('a')).not.toBeNull();
  });

  it('loads no external images', () => {
    expect(show('![cat](https://example.com/cat.png)').querySelector('img')).toBeNull();
  });

  it('renders tasks as disabled checkboxes', () => {
    const shown = show(
      '- [ ] buy **milk**\n- [x] rest\n- [X] sleep\n- [] no\n- [x]\n- [x](#)\n\n[x] no',
    );
    const boxes = [...shown.querySelectorAll<HTMLInputElement>('li input')];
    expect(boxes.map(({ checked }) => checked)).toEqual([false, true, true]);
    expect(boxes.map(({ disabled }) => disabled)).toEqual([true, true, true]);
    const labels = boxes.map((box) => box.getAttribute('aria-label'));
    expect(labels).toEqual(['To do', 'Done', 'Done']);
    const items = [...shown.querySelectorAll('li')].map((item) => item.textContent?.trim());
    expect(items).toEqual(['buy milk', 'rest', 'sleep', '[] no', '[x]', '[x](#)']);
    expect(show('1. [x] counted').querySelectorAll('ol input')).toHaveLength(1);
    expect(show('- [x] `code` first\n\n- [ ] loose').querySelectorAll('input')).toHaveLength(2);
  });

  it('aligns table columns', () => {
    const cells = show('|a|b|c|d|\n|-|:-|:-:|-:|\n|1|2|3|4|').querySelectorAll('td');
    const sides = [...cells].map(({ style }) => style.textAlign);
    expect(sides).toEqual(['', 'left', 'center', 'right']);
  });

  it('renders blocks and inline formatting', () => {
    const shown = show('**a** _b_ `c`\n\n3. x\n4. y\n\n> q\n\n```\n<i>\n```');
    expect(shown.querySelector('strong')?.textContent).toBe('a');
    expect(shown.querySelector('em')?.textContent).toBe('b');
    expect(shown.querySelector('ol')?.getAttribute('start')).toBe('3');
    expect(shown.querySelectorAll('li')).toHaveLength(2);
    expect(shown.querySelector('blockquote')?.textContent).toContain('q');
    expect(shown.querySelector('pre')?.textContent).toBe('<i>');
  });

  it('renders mentions, except inside code', () => {
    const shown = show(`<@${ann}> <!channel> \`<@${ann}>\` <@mem_nobody>`);
    const mentions = [...shown.querySelectorAll('[data-who]')].map((e) =>
      e.getAttribute('data-who'),
    );
    expect(mentions).toEqual([ann, 'channel']);
    expect(shown.querySelector('code')?.textContent).toBe(`<@${ann}>`);
    expect(shown.textContent).toContain('<@mem_nobody>');
  });

  it('renders custom emoji, except inside words, times, links and code', () => {
    const text =
      ':ship_it: done (:+1:), a:b:c 10:30:45 ::: `:no:` https://example.com/:no:/ **:in_bold:**';
    const { container } = render(
      <Markdown
        text={text}
        renderMention={() => null}
        renderEmoji={(name) => <i data-emoji={name}>{`<${name}>`}</i>}
      />,
    );
    const names = [...container.querySelectorAll('[data-emoji]')].map((e) =>
      e.getAttribute('data-emoji'),
    );
    expect(names).toEqual(['ship_it', '+1', 'in_bold']);
    expect(container.textContent).toContain('a:b:c 10:30:45 :::');
    expect(container.querySelector('a')?.getAttribute('href')).toBe('https://example.com/:no:/');
    expect(show(':ship_it:').textContent).toBe(':ship_it:');
  });

  it('falls back to plain text when rendering fails, without affecting other messages', () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
    const renderMention = (target: string) => {
      if (target === 'channel') throw new Error('failed to render');
      return <b>@{target}</b>;
    };
    const { container } = render(
      <main>
        {['one', '**two** <!channel>', 'three <!here>'].map((text) => (
          <Markdown key={text} text={text} renderMention={renderMention} suffix="(edited)" />
        ))}
      </main>,
    );
    const shown = [...container.querySelectorAll('.prose-message')].map((e) => e.textContent);
    expect(shown).toEqual(['one(edited)', '**two** <!channel>(edited)', 'three @here(edited)']);
    expect(complaints).toHaveBeenCalled();
  });

  it.each(['>', '- -', '[](https://example.org)'])(
    'shows %j, which renders to nothing, as plain text',
    (text) => {
      expect(show(text).textContent).toBe(text);
    },
  );

  it('expands a long rest on demand', () => {
    const lines = Array.from({ length: 900 }, (_, i) => `line ${i}`);
    const shown = show(lines.join('\n'));
    expect(shown.textContent).not.toContain('line 899');
    const more = shown.querySelector('button');
    fireEvent.click(more as HTMLElement);
    expect(shown.textContent).toContain('line 899');
    expect(more?.textContent).toBe('Show less');
  });

  it('keeps line breaks', () => {
    expect(show('a\nb').querySelectorAll('br')).toHaveLength(1);
  });
});
