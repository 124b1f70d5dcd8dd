/** What the word at the caret of the search field can become: an operator, or a value of one. Pure. */
import { type Key, keys, pieceAt } from './query';

/** What is being written, and which part of the text it would take the place of. */
export interface Writing {
  /** The operator whose value it is; null while it may become an operator. */
  key: Key | null;
  word: string;
  from: number;
  to: number;
}

/** A word of fewer letters is not taken for the beginning of an operator. */
const fewestLetters = 2;

export function writingAt(text: string, caret: number): Writing | null {
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
  if (caret !== to || word.length < fewestLetters || !/^[a-z]+$/i.test(word)) return null;
  return { key: null, word, from: start, to };
}

export interface Suggestion {
  insert: string;
  title: string;
  detail: string;
}

const meanings: Record<Key, string> = {
  from: 'Written by somebody',
  in: 'In a channel, or with one person',
  to: 'Mentions somebody, or is written to them',
  with: 'Conversations with somebody',
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
    .map((key) => ({ insert: `${key}:`, title: `${key}:`, detail: meanings[key] }));
}

const fixedValues: Partial<Record<Key, readonly Suggestion[]>> = {
  has: [
    { insert: 'link', title: 'link', detail: 'A web address' },
    { insert: 'image', title: 'image', detail: 'A picture' },
    { insert: 'file', title: 'file', detail: 'A file of any kind' },
    { insert: 'reaction', title: 'reaction', detail: 'A reaction of anybody' },
  ],
  is: [
    { insert: 'thread', title: 'thread', detail: 'Begins a thread, or stands in one' },
    { insert: 'unread', title: 'unread', detail: 'You have not read it' },
  ],
};

/** Values that are the same for everybody: of `has:`, `is:` and the dates; none for names. */
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

export function nameOfMonth(month: string): string {
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
    ...months.map((month) => ({ insert: month, title: nameOfMonth(month), detail: month })),
  ];
}
