/** Limits the rendering cost of a message. Text beyond the limits is shown as plain text. Pure. */

/** Limits per message. */
export const bounds = {
  /** Markdown characters in the parsed part. */
  marks: 2000,
  /** Lines in the parsed part. */
  lines: 400,
  /** Table cells, including those that rows omit. */
  cells: 500,
  /** Rendered elements and text nodes, without code highlighting. */
  nodes: 1200,
  /** Nesting depth of quotes, lists and emphasis. */
  depth: 16,
  /** Highlighted code characters. */
  highlightedCharacters: 10_000,
  /** Highlighted code tokens. */
  highlightedTokens: 1500,
};

const mark = /[[\]()*_~`<>&|!\\:@./#]/g;

/** The delimiter row of a table, also inside quotes and lists. */
const underTableHead = /^[\s>*+-]*[|:-][\s|:>*+-]*$/;

/** Length of the text prefix to parse: whole lines, unless the first line alone exceeds the limits. */
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
