/** The operators in the field, each to be taken out with one press. */
import { X } from 'lucide-react';
import { completeOperators, withoutPiece } from './query';

interface Props {
  text: string;
  caret: number | null;
  /** As they were typed; nobody and nothing is known by them. */
  unresolved: readonly string[];
  onWrite(text: string): void;
}

export function FilterChips({ text, caret, unresolved, onWrite }: Props) {
  const operators = completeOperators(text, caret);
  if (operators.length === 0) return null;
  return (
    <ul aria-label="Filters" className="mb-3 flex flex-wrap gap-1.5">
      {operators.map((piece) => (
        <li
          key={piece.from}
          className={`flex max-w-full items-center rounded-md py-0.5 pr-0.5 pl-2 text-[13px] ${unresolved.includes(piece.text) ? 'bg-danger-tint text-danger' : 'bg-tint text-tint-ink'}`}
        >
          <span className="truncate">{piece.text}</span>
          <button
            type="button"
            aria-label={`Remove ${piece.text}`}
            title={`Remove ${piece.text}`}
            onClick={() => onWrite(withoutPiece(text, piece))}
            className="ml-0.5 inline-flex size-6 shrink-0 items-center justify-center rounded hover:bg-pressed"
          >
            <X size={12} aria-hidden="true" />
          </button>
        </li>
      ))}
    </ul>
  );
}
