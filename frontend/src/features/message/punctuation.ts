/**
 * Spells out text that consists only of punctuation, such as `>` or `???`, which screen readers skip. Pure.
 */

const names: Readonly<Record<string, string>> = {
  '!': 'exclamation mark',
  '"': 'quotation mark',
  '#': 'number sign',
  $: 'dollar sign',
  '%': 'percent sign',
  '&': 'ampersand',
  "'": 'apostrophe',
  '(': 'opening parenthesis',
  ')': 'closing parenthesis',
  '*': 'asterisk',
  '+': 'plus sign',
  ',': 'comma',
  '-': 'hyphen',
  '.': 'period',
  '/': 'slash',
  ':': 'colon',
  ';': 'semicolon',
  '<': 'less-than sign',
  '=': 'equals sign',
  '>': 'greater-than sign',
  '?': 'question mark',
  '@': 'at sign',
  '[': 'opening bracket',
  '\\': 'backslash',
  ']': 'closing bracket',
  '^': 'caret',
  _: 'underscore',
  '`': 'backtick',
  '{': 'opening brace',
  '|': 'vertical bar',
  '}': 'closing brace',
  '~': 'tilde',
  '…': 'ellipsis',
};

/** Characters that screen readers read: letters, digits and emoji. */
const sayable = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/** Runs of the same character. */
const runs = /(\S)\1*/gu;

export function spellOutPunctuation(text: string): string {
  if (sayable.test(text)) return text;
  return [...text.matchAll(runs)]
    .map(([run, sign = '']) => nameOf(sign, [...run].length))
    .join(', ');
}

function nameOf(sign: string, count: number): string {
  const name = names[sign] ?? sign;
  return count === 1 ? name : `${count} times ${name}`;
}
