/** Lists of names, written as the language does. */
import { Fragment, type ReactNode } from 'react';
import { locale } from './locale';

const conjunctions = new Intl.ListFormat(locale, { type: 'conjunction' });
const enumerations = new Intl.ListFormat(locale, { type: 'unit' });

/** Formats a list as a part of a sentence: `Ann, Bo, and Cy`. */
export function listInSentence(items: readonly string[]): string {
  return conjunctions.format(items);
}

/** Formats a list without a last word: `Ann, Bo, Cy`. */
export function enumeration(items: readonly string[]): string {
  return enumerations.format(items);
}

interface Props {
  items: readonly { key: string; content: ReactNode }[];
}

/** A list of elements as a part of a sentence. */
export function ListInSentence({ items }: Props) {
  const parts = conjunctions.formatToParts(items.map(({ key }) => key));
  const contents = new Map(items.map(({ key, content }) => [key, content]));
  return parts.map(({ type, value }, at) => (
    <Fragment key={at}>{type === 'element' ? contents.get(value) : value}</Fragment>
  ));
}
