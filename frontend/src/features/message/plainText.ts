/**
 * Formats message text as plain text, for announcements, titles and labels. Uses the same parse as rendering.
 */
import type { Token } from 'markdown-it';
import { taskLabel } from './grammar';
import { parseText } from './parseText';
import { spellOutPunctuation } from './punctuation';

/** Returns the name of a mention target (a member id, `channel` or `here`), without `@`. */
export type NameOf = (target: string) => string;

/** Maximum length in characters. */
const maxLength = 600;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Returns one line. Text that renders to nothing is used verbatim; punctuation alone is spelled out. */
export function plainText(text: string, nameOf: NameOf): string {
  const { tokens, rest, verbatim } = parseText(text);
  const rendered = verbatim ? [text] : tokens.flatMap((token) => textOf(token, nameOf));
  return spellOutPunctuation(truncated([...rendered, rest].join(' ').replace(/\s+/g, ' ').trim()));
}

function textOf(token: Token, nameOf: NameOf): string[] {
  if (token.children) return [token.children.map((child) => inlineText(child, nameOf)).join('')];
  return token.type === 'fence' || token.type === 'code_block' ? [token.content] : [];
}

function inlineText({ type, content }: Token, nameOf: NameOf): string {
  switch (type) {
    case 'mention':
      return `@${nameOf(content)}`;
    case 'custom_emoji':
      return `:${content}:`;
    case 'task':
      return `${taskLabel(content)}: `;
    case 'softbreak':
    case 'hardbreak':
      return ' ';
    default:
      return content;
  }
}

function truncated(words: string): string {
  if (words.length <= maxLength) return words;
  const end =
    graphemes.segment(words.slice(0, maxLength + 32)).containing(maxLength)?.index ?? maxLength;
  return `${words.slice(0, end).trimEnd()}…`;
}
