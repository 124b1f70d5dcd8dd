/**
 * What is typed into the search field: words, "phrases" and operators such as `from:@ana`, with the
 * places where they stand, and changes to them. Pure; reads a text as the server does.
 */
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
  /** Where what stands behind the colon begins. */
  valueFrom: number;
}

/** A word, a phrase or an operator, up to the next blank outside of quotes. */
export interface Piece {
  from: number;
  to: number;
  text: string;
  negated: boolean;
  /** Null for words and phrases. */
  operator: Operator | null;
}

const quotes = /["“”„]/;
/** One hyphen before a word, a phrase or an operator; `--delete` is what is searched for. */
const negation = /^-[\p{L}\p{N}"“”„]/u;
const quotesAround = /^["“”„]+|["“”„]+$/g;

export function readPieces(text: string): Piece[] {
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

/** The piece that the caret stands in or right behind. */
export function pieceAt(text: string, caret: number): Piece | null {
  return readPieces(text).find(({ from, to }) => from < caret && caret <= to) ?? null;
}

/** Operators with a value, but not the one that is being written at the caret. */
export function completeOperators(text: string, caret: number | null): Piece[] {
  return readPieces(text).filter(
    ({ operator, to }) => operator !== null && operator.value !== '' && to !== caret,
  );
}

/** A value as it stands behind a colon: in quotes if there are blanks in it. */
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
  return readPieces(text).some((piece) => piece.text.toLowerCase() === wanted);
}

/** Puts an operator behind the text, unless it stands there already. */
export function withOperator(text: string, operator: string): string {
  if (hasOperator(text, operator)) return text;
  return `${text.trimEnd()} ${operator} `.trimStart();
}

/** Puts something in the place of a part, with one blank behind it unless more is to be written. */
export function replaced(
  text: string,
  from: number,
  to: number,
  insert: string,
): { text: string; caret: number } {
  const before = text.slice(0, from) + insert;
  if (insert.endsWith(':')) return { text: before + text.slice(to), caret: before.length };
  return { text: `${before} ${text.slice(to).trimStart()}`, caret: before.length + 1 };
}

/** Why nothing is found by an operator that the server makes nothing of. */
export function whyUnresolved(typed: string): string {
  const operator = readPieces(typed)[0]?.operator;
  if (!operator) return `Nothing is known by ${typed}.`;
  const { key, value } = operator;
  if (value === '') return `Something is missing after ${typed}`;
  switch (key) {
    case 'from':
    case 'to':
    case 'with':
      if (typed.startsWith('-with')) return 'with: cannot be negated.';
      return `No member has the handle ${value}.`;
    case 'in':
      if (value.startsWith('@')) return `You have no direct messages with ${value}.`;
      return `There is no channel ${value} that you can read.`;
    case 'has':
      return `has: takes link, image, file or reaction, not ${value}.`;
    case 'is':
      return `is: takes thread or unread, not ${value}.`;
    default:
      return `${value} is no date. Write 2026-11-21, 2026-11, 2026, today, yesterday, week, month, year or 7d.`;
  }
}
