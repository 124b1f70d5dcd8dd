/** Plain text of messages. */
import { expect, it } from 'vitest';
import { plainText } from './plainText';

const ann = 'mem_01h455vb4pex5vsknk084sn02q01h4000000e00800000000000a';
const words = (text: string) => plainText(text, (target) => (target === ann ? 'ann' : target));

it.each([
  [`<@${ann}> see **this**`, '@ann see this'],
  ['<!channel> _hey_ ~~no~~', '@channel hey no'],
  ['[docs](https://example.org/x) and https://example.org', 'docs and https://example.org'],
  ['# Title\n\n- one\n- two\n\n> quote', 'Title one two quote'],
  ['`code` and\n\n```js\nlet a = 1;\n```', 'code and let a = 1;'],
  [`\`<@${ann}>\` \\<@${ann}>`, `<@${ann}> <@${ann}>`],
  ['|a|b|\n|-|-|\n|1|2|', 'a b 1 2'],
  ['two\nlines', 'two lines'],
  ['done :ship_it:', 'done :ship_it:'],
  [
    '- [ ] buy <@mem_01h455vb4pex5vsknk084sn02q01h4000000e00800000000000a> milk\n- [x] rest',
    'To do: buy @ann milk Done: rest',
  ],
  ['>', 'greater-than sign'],
  ['```\n```', '3 times backtick, 3 times backtick'],
])('reads %j as %j', (text, expected) => {
  expect(words(text)).toBe(expected);
});

it('truncates at a grapheme boundary', () => {
  const long = words('👍🏽'.repeat(1_000));
  expect(long.length).toBeLessThan(640);
  expect([...long.slice(0, -1)].length % 2).toBe(0);
  expect(long.endsWith('🏽…')).toBe(true);
});

/** Texts that render to nothing visible. */
it.each([
  ...['>', '#', '-', '1.', '```\n```', '&nbsp;', '[](https://example.org)', '> >', '+', '# #'],
  ...['- -', '> -', '~~~', '&#x20;', '&#8203;', '[ ](https://example.org)', '---'],
])('announces %j', (text) => {
  expect(words(text)).toMatch(/[\p{L}\p{N}]/u);
});
