/** Text direction follows sentences, not mentions, URLs or code. */
import { render } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { Markdown } from './Markdown';
import { writtenDirection } from './sentences';

const ann = '<@mem_01h455vb4pex5vsknk084sn02q01h4000000e00800000000000a>';
const hebrew = 'שלום לכולם';
const arabic = 'مرحبا بكم';

function show(text: string): HTMLElement {
  return render(<Markdown text={text} renderMention={() => '@ann'} />).container;
}

/** The direction of an element with `dir=auto`, as HTML defines it. */
function autoDirection(element: Element): string {
  const texts: string[] = [];
  const walk = (node: Node) => {
    if (node instanceof Element && (node.localName === 'bdi' || node.hasAttribute('dir'))) return;
    if (node.nodeType === 3) texts.push(node.textContent ?? '');
    for (const child of node.childNodes) walk(child);
  };
  for (const child of element.childNodes) walk(child);
  const [letter = ''] = /\p{L}/u.exec(texts.join('')) ?? [];
  return /[\p{Script=Hebrew}\p{Script=Arabic}]/u.test(letter) ? 'rtl' : 'ltr';
}

function directionAt(element: Element | null): string | null {
  const block = element?.closest('[dir]') ?? null;
  const given = block?.getAttribute('dir') ?? null;
  return block && given === 'auto' ? autoDirection(block) : given;
}

describe('a block', () => {
  it.each([
    ['p', `${ann} ${arabic}`],
    ['p', `<!channel> ${arabic}`],
    ['blockquote p', `> https://example.org/docs ${hebrew}`],
    ['blockquote', `> https://example.org/docs ${hebrew}`],
    ['blockquote', `> ${ann} \`code\` ${hebrew}`],
    ['li', `- https://example.org ${hebrew}`],
    ['li', `- ${ann} ${hebrew}`],
    ['td', `|a|\n|-|\n|${ann} ${hebrew}|`],
    ['h2', `## \`code\` ${hebrew}`],
    ['p', `\`code\` ${arabic}`],
    ['p', `:party: ${arabic}`],
    ['p', `[https://example.org](https://example.org) ${arabic}`],
    ['p', `a@example.org ${arabic}`],
  ])('follows its sentence, not its first token: %s of %j', (selector, text) => {
    expect(directionAt(show(text).querySelector(selector))).toBe('rtl');
  });

  it('ignores opposite-direction text inside', () => {
    expect(directionAt(show(`see ${hebrew}`).querySelector('p'))).toBe('ltr');
    expect(directionAt(show(`[${hebrew}](https://example.org) x`).querySelector('p'))).toBe('rtl');
  });

  it('has its own direction per list item', () => {
    const items = [...show(`- ${hebrew}\n- English\n- ${ann} ${arabic}`).querySelectorAll('li')];
    expect(items.map(directionAt)).toEqual(['rtl', 'ltr', 'rtl']);
  });
});

describe('writtenDirection', () => {
  it.each([
    [`@ann ${arabic}`, 'rtl'],
    [`https://example.org ${hebrew}`, 'rtl'],
    [`\`code\` ${hebrew}`, 'rtl'],
    [`@ann hello ${hebrew}`, 'ltr'],
    ['@ann', null],
    ['https://example.org', null],
    ['12:30', null],
    ['', null],
  ])('%j is %s', (text, direction) => {
    expect(writtenDirection(text)).toBe(direction);
  });
});
