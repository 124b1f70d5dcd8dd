/** The search operators as removable chips. */
import { X } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { completeOperators, withoutPiece } from './query';

interface Props {
  text: string;
  caret: number | null;
  /** Operators, as typed, that the server could not resolve. */
  unresolved: readonly string[];
  onChangeText(text: string): void;
}

export function FilterChips({ text, caret, unresolved, onChangeText }: Props) {
  const operators = completeOperators(text, caret);
  if (operators.length === 0) return null;
  return (
    <ul aria-label={m.search_filter_chips_label()} className="mb-3 flex flex-wrap gap-1.5">
      {operators.map((piece) => (
        <li
          key={piece.from}
          className={`flex max-w-full items-center rounded-md py-0.5 pr-0.5 pl-2 text-[13px] ${unresolved.includes(piece.text) ? 'bg-danger-tint text-danger' : 'bg-tint text-tint-ink'}`}
        >
          <span className="truncate">{piece.text}</span>
          <button
            type="button"
            aria-label={m.search_filter_chips_remove({ filter: piece.text })}
            title={m.search_filter_chips_remove({ filter: piece.text })}
            onClick={() => onChangeText(withoutPiece(text, piece))}
            className="ml-0.5 inline-flex size-6 shrink-0 items-center justify-center rounded hover:bg-pressed"
          >
            <X size={12} aria-hidden="true" />
          </button>
        </li>
      ))}
    </ul>
  );
}
