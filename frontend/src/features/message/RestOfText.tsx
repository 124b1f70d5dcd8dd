/** A text as it was written, of which a long one is shown on demand. */
import { useState } from 'react';

const mostCharacters = 800;
const mostLines = 10;

export function PlainText({ text }: { text: string }) {
  return (
    <p dir="auto" className="whitespace-pre-wrap wrap-anywhere">
      {text}
    </p>
  );
}

export function RestOfText({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const start = startOf(text);
  if (start === text) return <PlainText text={text} />;
  return (
    <>
      <PlainText text={open ? text : `${start}…`} />
      <button
        type="button"
        aria-expanded={open}
        className="text-accent hover:underline pointer-coarse:min-h-11"
        onClick={() => setOpen(!open)}
      >
        {open ? 'Show less' : 'Show more'}
      </button>
    </>
  );
}

/** The first lines, without half of a character at their end. */
function startOf(text: string): string {
  const lines = text.slice(0, mostCharacters).split('\n', mostLines + 1);
  const start = lines.slice(0, mostLines).join('\n');
  return start.length === text.length ? text : start.replace(/[\uD800-\uDBFF]$/, '');
}
