/**
 * Spells out text that consists only of punctuation, such as `>` or `???`, which screen readers skip. Pure.
 */
import { m } from '../../paraglide/messages';

const names: Readonly<Record<string, () => string>> = {
  '!': m.message_punctuation_exclamation_mark,
  '"': m.message_punctuation_quotation_mark,
  '#': m.message_punctuation_number_sign,
  $: m.message_punctuation_dollar_sign,
  '%': m.message_punctuation_percent_sign,
  '&': m.message_punctuation_ampersand,
  "'": m.message_punctuation_apostrophe,
  '(': m.message_punctuation_opening_parenthesis,
  ')': m.message_punctuation_closing_parenthesis,
  '*': m.message_punctuation_asterisk,
  '+': m.message_punctuation_plus_sign,
  ',': m.message_punctuation_comma,
  '-': m.message_punctuation_hyphen,
  '.': m.message_punctuation_period,
  '/': m.message_punctuation_slash,
  ':': m.message_punctuation_colon,
  ';': m.message_punctuation_semicolon,
  '<': m.message_punctuation_less_than_sign,
  '=': m.message_punctuation_equals_sign,
  '>': m.message_punctuation_greater_than_sign,
  '?': m.message_punctuation_question_mark,
  '@': m.message_punctuation_at_sign,
  '[': m.message_punctuation_opening_bracket,
  '\\': m.message_punctuation_backslash,
  ']': m.message_punctuation_closing_bracket,
  '^': m.message_punctuation_caret,
  _: m.message_punctuation_underscore,
  '`': m.message_punctuation_backtick,
  '{': m.message_punctuation_opening_brace,
  '|': m.message_punctuation_vertical_bar,
  '}': m.message_punctuation_closing_brace,
  '~': m.message_punctuation_tilde,
  '…': m.message_punctuation_ellipsis,
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
  const name = names[sign]?.() ?? sign;
  return count === 1 ? name : m.message_punctuation_times({ count, name });
}
