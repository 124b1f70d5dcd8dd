/**
 * A text of nothing but signs, such as `>` or `???`, in words: screen readers pass over most signs, and
 * would say that there is a message and nothing of it. Pure.
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

/** A letter, a digit or a picture: something that is said by itself. */
const sayable = /[\p{L}\p{N}\p{Extended_Pictographic}]/u;

/** The same sign several times, or one of anything. */
const runs = /(\S)\1*/gu;

export function signsInWords(text: string): string {
  if (sayable.test(text)) return text;
  return [...text.matchAll(runs)]
    .map(([run, sign = '']) => nameOf(sign, [...run].length))
    .join(', ');
}

function nameOf(sign: string, count: number): string {
  const name = names[sign] ?? sign;
  return count === 1 ? name : `${count} times ${name}`;
}
