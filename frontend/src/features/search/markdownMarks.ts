/**
 * Finds Markdown marks in a text, so that excerpts can omit them. Pure.
 *
 * Deliberately approximate: a remaining mark is harmless, a missing word is not. Code is kept verbatim.
 */
export interface Range {
  from: number;
  to: number;
}

const fence = /^ {0,3}(`{3,}|~{3,})[^\n]*\n([\s\S]*?)(?:^ {0,3}\1[^\n]*$|$(?![\s\S]))/gm;
const codeSpan = /(?<!`)(`+)(?!`)([\s\S]*?[^`])\1(?!`)/g;
const emphasis = [
  /(\*\*|__|~~)(?=\S)([\s\S]*?\S)\1/g,
  /(?<![\p{L}\p{N}*])(\*)(?=[^\s*])([^*\n]*[^\s*])\1(?![\p{L}\p{N}*])/gu,
  /(?<![\p{L}\p{N}_])(_)(?=[^\s_])([^_\n]*[^\s_])\1(?![\p{L}\p{N}_])/gu,
];
const lineStart = /^ {0,3}(?:#{1,6}[ \t]+|(?:>[ \t]?)+)/gm;

export function markdownMarks(text: string): Range[] {
  const marks: Range[] = [];
  const code: Range[] = [];
  const isCode = (at: number) => code.some(({ from, to }) => from <= at && at < to);
  for (const pattern of [fence, codeSpan]) {
    for (const match of text.matchAll(pattern)) {
      if (isCode(match.index)) continue;
      const inside = match[2] ?? '';
      const to = match.index + match[0].length;
      // The opening line of a fence may name a language, so the contents start on the next line.
      const from =
        pattern === fence
          ? text.indexOf('\n', match.index) + 1
          : match.index + (match[1] ?? '').length;
      marks.push({ from: match.index, to: from }, { from: from + inside.length, to });
      code.push({ from: match.index, to });
    }
  }
  for (const pattern of emphasis) {
    for (const match of text.matchAll(pattern)) {
      const { length } = match[1] ?? '';
      const to = match.index + match[0].length;
      if (isCode(match.index) || isCode(to - 1)) continue;
      marks.push({ from: match.index, to: match.index + length }, { from: to - length, to });
    }
  }
  for (const match of text.matchAll(lineStart)) {
    if (!isCode(match.index)) marks.push({ from: match.index, to: match.index + match[0].length });
  }
  return marks.filter(({ from, to }) => from < to);
}
