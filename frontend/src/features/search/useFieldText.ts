/** What stands in the search field and what it can become; a moment after typing it is the search. */
import { useEffect, useRef, useState } from 'react';
import type { Closed } from '../message/CompletionMenu';
import { type SearchCompletion, useSearchChoices } from './useSearchChoices';

const settleAfter = 150;

export interface FieldText {
  text: string;
  /** Null while the field has no focus. */
  caret: number | null;
  completion: SearchCompletion | null;
  closed: Closed;
  write(text: string, caret?: number | null): void;
  /** The caret has moved, or left the field. */
  move(caret: number | null): void;
  /** Searches at once. */
  settle(): void;
}

/** `query` is the search of the address, `onSettle` puts one there. */
export function useFieldText(query: string, onSettle: (text: string) => void): FieldText {
  const [text, setText] = useState(query);
  const [caret, setCaret] = useState<number | null>(null);
  const closed = useState<number | null>(null);
  const completion = useSearchChoices(text, caret, closed[0]);
  /** The search that was put into the address last, or came from it. */
  const asked = useRef(query);
  /** Searches that the address will say in a moment, while more is being typed. */
  const onTheirWay = useRef(new Set<string>());

  // One that comes from elsewhere, such as from the list of recent ones, goes into the field.
  useEffect(() => {
    if (onTheirWay.current.delete(query)) return;
    asked.current = query;
    setText(query);
  }, [query]);

  const settle = () => {
    if (text === asked.current) return;
    asked.current = text;
    onTheirWay.current.add(text);
    onSettle(text);
  };
  const latest = useRef(settle);
  useEffect(() => {
    latest.current = settle;
  });
  const unfinished = completion?.isUnfinished ?? false;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change begins the moment anew.
  useEffect(() => {
    if (unfinished) return;
    const timer = setTimeout(() => latest.current(), settleAfter);
    return () => clearTimeout(timer);
  }, [text, unfinished]);

  function write(next: string, at: number | null = caret) {
    setText(next);
    setCaret(at);
  }

  return { text, caret, completion, closed, write, move: setCaret, settle };
}
