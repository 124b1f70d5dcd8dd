/**
 * Reads the text of a message within bounds: what is drawn of it, and what is left as plain text. One
 * rule for rows, quotes, results and what is read aloud. Pure; remembers what was read last.
 */
import type { Token } from 'markdown-it';
import { bounds, parsedLength } from './bounds';
import { parse } from './grammar';
import { Recent } from './recent';

export interface ReadText {
  /** The blocks that are drawn, as a flat list. */
  tokens: readonly Token[];
  /** What follows them, as it was written; empty where all is drawn. */
  rest: string;
  /** Whether nothing of the text would be seen when drawn: it is shown as it was written. */
  verbatim: boolean;
  /** How many coloured pieces each block of code may have. */
  piecesPerBlock: number;
}

const read = new Recent<ReadText>(500_000);

export function readText(text: string): ReadText {
  return read.get(text) ?? read.set(text, readAnew(text));
}

function readAnew(written: string): ReadText {
  const text = written.replace(/\r\n?/g, '\n');
  const parsed = text.slice(0, parsedLength(text));
  const all = parse(parsed);
  const { end, line } = withinBounds(all);
  const tokens = all.slice(0, end);
  const restAt = end === all.length ? parsed.length : startOfLine(text, line);
  const rest = text.slice(restAt).replace(/\n$/, '');
  const verbatim = text !== '' && rest === '' && !tokens.some(isSeen);
  const blocks = tokens.filter(isColoured).length;
  const piecesPerBlock = Math.floor(bounds.pieces / Math.max(1, blocks));
  return { tokens, rest, verbatim, piecesPerBlock };
}

/** Where the first block ends the bounds: the number of tokens before it, and the line it begins in. */
function withinBounds(tokens: readonly Token[]): { end: number; line: number } {
  let nodes = 0;
  let depth = 0;
  let blockStart = 0;
  let blockLine = 0;
  for (const [at, token] of tokens.entries()) {
    if (depth === 0) {
      blockStart = at;
      blockLine = token.map?.[0] ?? blockLine;
    }
    depth += token.nesting;
    nodes += weightOf(token);
    let deepest = depth;
    let inside = depth;
    for (const child of token.children ?? []) {
      nodes += weightOf(child);
      inside += child.nesting;
      deepest = Math.max(deepest, inside);
    }
    if (nodes > bounds.nodes || deepest > bounds.depth) return { end: blockStart, line: blockLine };
  }
  return { end: tokens.length, line: 0 };
}

/** How many nodes a token becomes. People and emoji are made of several. */
function weightOf(token: Token): number {
  if (token.type === 'mention' || token.type === 'custom_emoji') return 5;
  if (token.nesting === -1 || token.type === 'inline' || token.content === '') {
    return token.nesting === 1 || /break$|^hr$/.test(token.type) ? 1 : 0;
  }
  return token.type === 'text' ? 1 : 2;
}

function isColoured(token: Token): boolean {
  return token.type === 'fence' && token.info.trim() !== '';
}

/** Something that is neither blank nor without a shape of its own. */
const visible = /[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u;

function isSeen(token: Token): boolean {
  if (token.type === 'inline') return (token.children ?? []).some(isSeen);
  return token.type === 'mention' || visible.test(token.content);
}

function startOfLine(text: string, line: number): number {
  let at = 0;
  for (let i = 0; i < line; i++) at = text.indexOf('\n', at) + 1;
  return at;
}
