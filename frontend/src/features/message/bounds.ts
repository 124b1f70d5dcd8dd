/**
 * What one message may cost to draw, whatever is written in it. What goes beyond is shown as plain text.
 * Pure.
 */

/** The most of each in one message. */
export const bounds = {
  /** Characters that mean something to Markdown, in the part that is parsed. */
  marks: 2000,
  /** Lines in the part that is parsed. */
  lines: 400,
  /** Cells of tables, also those that a row leaves out. */
  cells: 500,
  /** Elements and texts that are drawn, without the colours of code. */
  nodes: 1200,
  /** Quotes, lists and emphasis in one another. */
  depth: 16,
  /** Characters of code that get colours. */
  coloured: 10_000,
  /** Coloured pieces of code. */
  pieces: 1500,
};

const mark = /[[\]()*_~`<>&|!\\:@./#]/g;

/** A line below the head of a table, also in quotes and lists. */
const underTableHead = /^[\s>*+-]*[|:-][\s|:>*+-]*$/;

/** How much of a text, from its start, is parsed: whole lines as far as one line is not too much. */
export function parsedLength(text: string): number {
  let at = 0;
  let marks = 0;
  let columns = 0;
  let cells = 0;
  for (let line = 0; at < text.length; line++) {
    if (line === bounds.lines) return at;
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline + 1;
    const content = text.slice(at, end);
    const pipes = countOf(content, '|');
    if (content.trim() === '') columns = 0;
    else if (pipes > 0 && underTableHead.test(content)) columns = Math.max(columns, pipes + 1);
    cells += columns;
    if (cells > bounds.cells) return at;
    for (const found of content.matchAll(mark)) {
      marks += 1;
      if (marks > bounds.marks) return at === 0 ? found.index : at;
    }
    at = end;
  }
  return at;
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1; at = text.indexOf(character, at + 1))
    count += 1;
  return count;
}
