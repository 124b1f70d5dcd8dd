/**
 * Parses message text within limits into rendered blocks and a plain-text rest. Shared by message rows, quotes,
 * search results and screen reader text. Caches recent results.
 */
import type { Token } from 'markdown-it';
import { bounds, parsedLength } from './bounds';
import { parse } from './grammar';
import { LruCache } from './lruCache';

export interface ParsedText {
  /** Tokens of the rendered blocks. */
  tokens: readonly Token[];
  /** The rest of the text, verbatim. Empty if everything is rendered. */
  rest: string;
  /** Whether the text renders to nothing visible and is shown verbatim. */
  verbatim: boolean;
  /** Maximum number of highlighted tokens per code block. */
  tokensPerBlock: number;
}

const cache = new LruCache<ParsedText>(500_000);

export function parseText(text: string): ParsedText {
  return cache.get(text) ?? cache.set(text, parseUncached(text));
}

function parseUncached(written: string): ParsedText {
  const text = written.replace(/\r\n?/g, '\n');
  const parsed = text.slice(0, parsedLength(text));
  const all = parse(parsed);
  const { end, line } = withinBounds(all);
  const tokens = all.slice(0, end);
  const restAt = end === all.length ? parsed.length : startOfLine(text, line);
  const rest = text.slice(restAt).replace(/\n$/, '');
  const verbatim = text !== '' && rest === '' && !tokens.some(isVisible);
  const blocks = tokens.filter(isHighlighted).length;
  const tokensPerBlock = Math.floor(bounds.highlightedTokens / Math.max(1, blocks));
  return { tokens, rest, verbatim, tokensPerBlock };
}

/** Finds the first block beyond the limits: the number of tokens before it, and its first line. */
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

/** Estimates the number of nodes of a token. Mentions and emoji have several. */
function weightOf(token: Token): number {
  if (token.type === 'mention' || token.type === 'custom_emoji') return 5;
  if (token.nesting === -1 || token.type === 'inline' || token.content === '') {
    return token.nesting === 1 || /break$|^hr$/.test(token.type) ? 1 : 0;
  }
  return token.type === 'text' ? 1 : 2;
}

function isHighlighted(token: Token): boolean {
  return token.type === 'fence' && token.info.trim() !== '';
}

/** Matches visible characters. */
const visible = /[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u;

function isVisible(token: Token): boolean {
  if (token.type === 'inline') return (token.children ?? []).some(isVisible);
  return token.type === 'mention' || visible.test(token.content);
}

function startOfLine(text: string, line: number): number {
  let at = 0;
  for (let i = 0; i < line; i++) at = text.indexOf('\n', at) + 1;
  return at;
}
