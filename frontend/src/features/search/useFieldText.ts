/** The text of the search field and its completion. Updates the search after a short delay. */
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import type { Dismissed } from '../../ui/CompletionMenu';
import { type SearchCompletion, useSearchChoices } from './useSearchChoices';

const debounceMs = 150;

export interface FieldText {
  text: string;
  /** Null while the field is not focused. */
  caret: number | null;
  completion: SearchCompletion | null;
  dismissed: Dismissed;
  write(text: string, caret?: number | null): void;
  /** Reports that the caret moved, or left the field. */
  move(caret: number | null): void;
  /** Searches immediately. */
  settle(): void;
}

/** `query` is the search in the URL. `onSettle` updates it. */
export function useFieldText(query: string, onSettle: (text: string) => void): FieldText {
  const [text, setText] = useState(query);
  const [caret, setCaret] = useState<number | null>(null);
  const dismissed = useState<number | null>(null);
  const completion = useSearchChoices(text, caret, dismissed[0]);
  /** The search last written to or read from the URL. */
  const lastQuery = useRef(query);
  /** Searches written to the URL that have not come back as `query` yet. */
  const pendingQueries = useRef(new Set<string>());

  // A search from elsewhere, such as a recent search, replaces the text.
  useEffect(() => {
    if (pendingQueries.current.delete(query)) return;
    lastQuery.current = query;
    setText(query);
  }, [query]);

  const settle = () => {
    if (text === lastQuery.current) return;
    lastQuery.current = text;
    pendingQueries.current.add(text);
    onSettle(text);
  };
  const settleLater = useEffectEvent(settle);
  const unfinished = completion?.isUnfinished ?? false;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change restarts the delay.
  useEffect(() => {
    if (unfinished) return;
    const timer = setTimeout(() => settleLater(), debounceMs);
    return () => clearTimeout(timer);
  }, [text, unfinished]);

  function write(next: string, at: number | null = caret) {
    setText(next);
    setCaret(at);
  }

  return { text, caret, completion, dismissed, write, move: setCaret, settle };
}
