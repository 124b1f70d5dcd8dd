/** What stands in the search field; becomes the search a moment after typing. */
import { useEffect, useRef, useState } from 'react';

const settleAfter = 150;

export interface FieldText {
  text: string;
  /** Null while the field has no focus. */
  caret: number | null;
  write(text: string, caret?: number | null): void;
  /** Searches at once. */
  settle(): void;
}

/** `query` is the search of the address, `onSettle` puts one there. */
export function useFieldText(query: string, onSettle: (text: string) => void): FieldText {
  const [text, setText] = useState(query);
  const [caret, setCaret] = useState<number | null>(null);
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
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change begins the moment anew.
  useEffect(() => {
    const timer = setTimeout(() => latest.current(), settleAfter);
    return () => clearTimeout(timer);
  }, [text]);

  function write(next: string, at: number | null = caret) {
    setText(next);
    setCaret(at);
  }

  return { text, caret, write, settle };
}
