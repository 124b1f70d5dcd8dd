/**
 * A message in plain words, as it is read on the screen: for what is announced, for titles and labels.
 * From the same parse as what is drawn.
 */
import type { Token } from 'markdown-it';
import { taskInWords } from './grammar';
import { readText } from './readText';
import { signsInWords } from './signs';

/** How a mention is called: of a member by id, or `channel` or `here`; without its `@`. */
export type NameOf = (target: string) => string;

/** The most characters of one text; the rest can be read where it stands. */
const longest = 600;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** In one line. What nothing would be seen of is said as it is written, and signs alone by their names. */
export function plainWords(text: string, nameOf: NameOf): string {
  const { tokens, rest, verbatim } = readText(text);
  const drawn = verbatim ? [text] : tokens.flatMap((token) => wordsOf(token, nameOf));
  return signsInWords(shortened([...drawn, rest].join(' ').replace(/\s+/g, ' ').trim()));
}

function wordsOf(token: Token, nameOf: NameOf): string[] {
  if (token.children) return [token.children.map((child) => inlineWords(child, nameOf)).join('')];
  return token.type === 'fence' || token.type === 'code_block' ? [token.content] : [];
}

function inlineWords({ type, content }: Token, nameOf: NameOf): string {
  switch (type) {
    case 'mention':
      return `@${nameOf(content)}`;
    case 'custom_emoji':
      return `:${content}:`;
    case 'task':
      return `${taskInWords(content)}: `;
    case 'softbreak':
    case 'hardbreak':
      return ' ';
    default:
      return content;
  }
}

function shortened(words: string): string {
  if (words.length <= longest) return words;
  const end = graphemes.segment(words.slice(0, longest + 32)).containing(longest)?.index ?? longest;
  return `${words.slice(0, end).trimEnd()}…`;
}
