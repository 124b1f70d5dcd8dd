/** Plain text, collapsed when long. */
import { useState } from 'react';
import { m } from '../../paraglide/messages';

const maxCharacters = 800;
const maxLines = 10;

export function PlainText({ text }: { text: string }) {
  return (
    <p dir="auto" className="whitespace-pre-wrap wrap-anywhere">
      {text}
    </p>
  );
}

export function CollapsibleText({ text }: { text: string }) {
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
        {open ? m.message_collapsible_text_show_less() : m.ui_show_more()}
      </button>
    </>
  );
}

/** The first lines, without splitting a surrogate pair. */
function startOf(text: string): string {
  const lines = text.slice(0, maxCharacters).split('\n', maxLines + 1);
  const start = lines.slice(0, maxLines).join('\n');
  return start.length === text.length ? text : start.replace(/[\uD800-\uDBFF]$/, '');
}
