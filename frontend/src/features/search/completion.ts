/** Completes the word at the caret of the search field: operators and fixed values. Pure. */
import { type Key, keys, pieceAt } from './query';

/** The word at the caret, and the range that a completion replaces. */
export interface CaretWord {
  /** The operator of the value, or null for a possible operator. */
  key: Key | null;
  word: string;
  from: number;
  to: number;
}

/** Minimum length of a word to suggest operators. */
const minLetters = 2;

export function caretWordAt(text: string, caret: number): CaretWord | null {
  const piece = pieceAt(text, caret);
  if (!piece) return null;
  const { operator, negated, from, to } = piece;
  if (operator) {
    if (caret < operator.valueFrom) return null;
    const word = text.slice(operator.valueFrom, caret).replace(/["“”„]/g, '');
    return { key: operator.key, word, from: operator.valueFrom, to };
  }
  const start = negated ? from + 1 : from;
  const word = text.slice(start, caret);
  if (caret !== to || word.length < minLetters || !/^[a-z]+$/i.test(word)) return null;
  return { key: null, word, from: start, to };
}

export interface Suggestion {
  insert: string;
  title: string;
  detail: string;
}

const operatorDescriptions: Record<Key, string> = {
  from: 'Messages from a member',
  in: 'In a channel or direct message',
  to: 'Mentions of or messages to a member',
  with: 'Conversations with a member',
  before: 'Before a day, month or year',
  after: 'After a day, month or year',
  on: 'On a day',
  during: 'In a month or year',
  has: 'With a link, an image, a file or a reaction',
  is: 'In a thread, or unread',
};

export function operatorSuggestions(word: string): Suggestion[] {
  const beginning = word.toLowerCase();
  return keys
    .filter((key) => key.startsWith(beginning))
    .map((key) => ({ insert: `${key}:`, title: `${key}:`, detail: operatorDescriptions[key] }));
}

const fixedValues: Partial<Record<Key, readonly Suggestion[]>> = {
  has: [
    { insert: 'link', title: 'link', detail: 'A web link' },
    { insert: 'image', title: 'image', detail: 'An image' },
    { insert: 'file', title: 'file', detail: 'A file of any kind' },
    { insert: 'reaction', title: 'reaction', detail: 'Any reaction' },
  ],
  is: [
    { insert: 'thread', title: 'thread', detail: 'In a thread' },
    { insert: 'unread', title: 'unread', detail: 'Not read yet' },
  ],
};

/** Fixed values of `has:`, `is:` and date operators. Empty for operators that take names. */
export function fixedSuggestions(key: Key, word: string, now: Date): Suggestion[] {
  const all = fixedValues[key] ?? (isDate(key) ? dates(now) : []);
  const beginning = word.toLowerCase();
  return all.filter(({ insert, title }) =>
    [insert, title].some((name) => name.toLowerCase().startsWith(beginning)),
  );
}

function isDate(key: Key): boolean {
  return key === 'before' || key === 'after' || key === 'on' || key === 'during';
}

const monthsBack = 12;
const monthName = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' });

export function formatMonth(month: string): string {
  const [year, number] = month.split('-').map(Number);
  return year && number ? monthName.format(new Date(year, number - 1)) : month;
}

function dates(now: Date): Suggestion[] {
  const months = Array.from({ length: monthsBack }, (_, index) => {
    const first = new Date(now.getFullYear(), now.getMonth() - 1 - index);
    const number = String(first.getMonth() + 1).padStart(2, '0');
    return `${first.getFullYear()}-${number}`;
  });
  return [
    { insert: 'today', title: 'today', detail: '' },
    { insert: 'yesterday', title: 'yesterday', detail: '' },
    { insert: 'week', title: 'week', detail: 'The last seven days' },
    { insert: 'month', title: 'month', detail: 'This month' },
    { insert: 'year', title: 'year', detail: 'This year' },
    ...months.map((month) => ({ insert: month, title: formatMonth(month), detail: month })),
  ];
}
