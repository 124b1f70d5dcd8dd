/**
 * Parses and edits search text: words, "phrases" and operators such as `from:@ana`. Parses as the server
 * does. Pure.
 */
import { m } from '../../paraglide/messages';

export type Key =
  | ('from' | 'in' | 'to' | 'with')
  | ('before' | 'after' | 'on' | 'during')
  | ('has' | 'is');

export const keys: readonly Key[] = [
  ...(['from', 'in', 'to', 'with'] as const),
  ...(['before', 'after', 'on', 'during'] as const),
  ...(['has', 'is'] as const),
];

export interface Operator {
  key: Key;
  /** Without quotes. */
  value: string;
  /** Index of the value after the colon. */
  valueFrom: number;
}

/** A word, phrase or operator, up to the next whitespace outside quotes. */
export interface Piece {
  from: number;
  to: number;
  text: string;
  negated: boolean;
  /** Null for words and phrases. */
  operator: Operator | null;
}

const quotes = /["“”„]/;
/** One hyphen before a word, phrase or operator. `--delete` is searched literally. */
const negation = /^-[\p{L}\p{N}"“”„]/u;
const quotesAround = /^["“”„]+|["“”„]+$/g;

export function parsePieces(text: string): Piece[] {
  const pieces: Piece[] = [];
  let from: number | null = null;
  let quoted = false;
  for (let at = 0; at <= text.length; at++) {
    const char = text[at] ?? '';
    if (char === '' || (/\s/.test(char) && !quoted)) {
      if (from !== null) pieces.push(pieceOf(text, from, at));
      from = null;
    } else {
      from ??= at;
      if (quotes.test(char)) quoted = !quoted;
    }
  }
  return pieces;
}

function pieceOf(whole: string, from: number, to: number): Piece {
  const text = whole.slice(from, to);
  const negated = negation.test(text);
  const colon = text.search(/[:：]/);
  const name = text.slice(negated ? 1 : 0, Math.max(0, colon)).toLowerCase();
  const key = keys.find((known) => known === name);
  const operator = key && {
    key,
    value: text
      .slice(colon + 1)
      .replace(quotesAround, '')
      .trim(),
    valueFrom: from + colon + 1,
  };
  return { from, to, text, negated, operator: operator ?? null };
}

/** Returns the piece that contains or ends at the caret. */
export function pieceAt(text: string, caret: number): Piece | null {
  return parsePieces(text).find(({ from, to }) => from < caret && caret <= to) ?? null;
}

/** Operators with a value, except the one at the caret. */
export function completeOperators(text: string, caret: number | null): Piece[] {
  return parsePieces(text).filter(
    ({ operator, to }) => operator !== null && operator.value !== '' && to !== caret,
  );
}

/** Quotes a value that contains whitespace. */
export function quoted(value: string): string {
  return /\s/.test(value) ? `"${value}"` : value;
}

export function withoutPiece(text: string, piece: Piece): string {
  const before = text.slice(0, piece.from).trimEnd();
  const after = text.slice(piece.to).trimStart();
  return [before, after].filter(Boolean).join(' ');
}

export function hasOperator(text: string, operator: string): boolean {
  const wanted = operator.toLowerCase();
  return parsePieces(text).some((piece) => piece.text.toLowerCase() === wanted);
}

/** Appends an operator, unless the text already contains it. */
export function withOperator(text: string, operator: string): string {
  if (hasOperator(text, operator)) return text;
  return `${text.trimEnd()} ${operator} `.trimStart();
}

/** Replaces a range, followed by one space unless a value is to be typed. */
export function replaceRange(
  text: string,
  from: number,
  to: number,
  insert: string,
): { text: string; caret: number } {
  const before = text.slice(0, from) + insert;
  if (insert.endsWith(':')) return { text: before + text.slice(to), caret: before.length };
  return { text: `${before} ${text.slice(to).trimStart()}`, caret: before.length + 1 };
}

/** Explains why the server could not resolve an operator. */
export function unresolvedReason(typed: string): string {
  const operator = parsePieces(typed)[0]?.operator;
  if (!operator) return m.search_query_unknown_filter({ typed });
  const { key, value } = operator;
  if (value === '') return m.search_query_missing_value({ typed });
  switch (key) {
    case 'from':
    case 'to':
    case 'with':
      if (typed.startsWith('-with')) return m.search_query_negated_with();
      return m.search_query_unknown_member({ value });
    case 'in':
      if (value.startsWith('@')) return m.search_query_unknown_direct({ value });
      return m.search_query_unknown_channel({ value });
    case 'has':
      return m.search_query_unknown_has({ value });
    case 'is':
      return m.search_query_unknown_is({ value });
    default:
      return m.search_query_invalid_date({ value });
  }
}
