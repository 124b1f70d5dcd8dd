/** Completes the word at the caret of the search field: operators and fixed values. Pure. */
import { m } from '../../paraglide/messages';
import { locale } from '../../ui/locale';
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

const operatorDescriptions: Record<Key, () => string> = {
  from: m.search_completion_operator_from,
  in: m.search_completion_operator_in,
  to: m.search_completion_operator_to,
  with: m.search_completion_operator_with,
  before: m.search_completion_operator_before,
  after: m.search_completion_operator_after,
  on: m.search_completion_operator_on,
  during: m.search_completion_operator_during,
  has: m.search_completion_operator_has,
  is: m.search_completion_operator_is,
};

export function operatorSuggestions(word: string): Suggestion[] {
  const beginning = word.toLowerCase();
  return keys
    .filter((key) => key.startsWith(beginning))
    .map((key) => ({ insert: `${key}:`, title: `${key}:`, detail: operatorDescriptions[key]() }));
}

/** Values are the same in every language. */
const fixedValues: Partial<Record<Key, Readonly<Record<string, () => string>>>> = {
  has: {
    link: m.search_completion_has_link,
    image: m.search_completion_has_image,
    file: m.search_completion_has_file,
    reaction: m.search_completion_has_reaction,
  },
  is: {
    thread: m.search_completion_is_thread,
    unread: m.search_completion_is_unread,
  },
};

/** Fixed values of `has:`, `is:` and date operators. Empty for operators that take names. */
export function fixedSuggestions(key: Key, word: string, now: Date): Suggestion[] {
  const all = isDate(key)
    ? dates(now)
    : Object.entries(fixedValues[key] ?? {}).map(([value, detail]) => ({
        insert: value,
        title: value,
        detail: detail(),
      }));
  const beginning = word.toLowerCase();
  return all.filter(({ insert, title }) =>
    [insert, title].some((name) => name.toLowerCase().startsWith(beginning)),
  );
}

function isDate(key: Key): boolean {
  return key === 'before' || key === 'after' || key === 'on' || key === 'during';
}

const monthsBack = 12;
const monthName = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' });

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
    { insert: 'week', title: 'week', detail: m.search_completion_week() },
    { insert: 'month', title: 'month', detail: m.search_completion_month() },
    { insert: 'year', title: 'year', detail: m.search_completion_year() },
    ...months.map((month) => ({ insert: month, title: formatMonth(month), detail: month })),
  ];
}
