/**
 * Cuts an excerpt around the first match, without Markdown marks, with mentions and matches as separate
 * parts. Pure.
 */
import { storedMention } from '../message/mention';
import { parseText } from '../message/parseText';
import { markdownMarks, type Range } from './markdownMarks';

export interface Highlight {
  start: number;
  length: number;
}

export type Part =
  | { kind: 'text'; text: string; marked: boolean }
  | { kind: 'mention'; target: string; marked: boolean };

/** Distance within which the cut moves to a word boundary, in characters. */
const wordReach = 24;
/** How far back grapheme segmentation starts. A row of flags can be segmented only from its start. */
const characterReach = 400;

/** How far around the excerpt Markdown is parsed. */
const marksReach = 1000;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export function cutExcerpt(
  text: string,
  highlights: readonly Highlight[],
  maxLength = 260,
): Part[] {
  const mentions = mentionsIn(text);
  const [from, to] = windowOf(text, highlights[0]?.start ?? 0, maxLength, mentions);
  // Text that renders to nothing is shown verbatim, as everywhere.
  const marks = parseText(text).verbatim ? [] : marksAround(text, from, to);
  const isIn = (ranges: readonly Range[], at: number) =>
    ranges.some((range) => range.from <= at && at < range.to);
  const marked: Range[] = highlights.map(({ start, length }) => ({
    from: start,
    to: start + length,
  }));
  const cuts = new Set([from, to]);
  for (const range of [...mentions, ...marks, ...marked]) {
    if (range.from > from && range.from < to) cuts.add(range.from);
    if (range.to > from && range.to < to) cuts.add(range.to);
  }
  const places = [...cuts].sort((a, b) => a - b);
  const parts: Part[] = from > 0 ? [{ kind: 'text', text: '…', marked: false }] : [];
  places.slice(0, -1).forEach((at, index) => {
    const mention = mentions.find((one) => one.from <= at && at < one.to);
    if (mention) {
      const hit = marked.some((range) => range.from < mention.to && mention.from < range.to);
      if (mention.from === at)
        appendPart(parts, { kind: 'mention', target: mention.target, marked: hit });
    } else if (!isIn(marks, at)) {
      const piece = text.slice(at, places[index + 1]);
      appendPart(parts, { kind: 'text', text: piece, marked: isIn(marked, at) });
    }
  });
  if (to < text.length) appendPart(parts, { kind: 'text', text: '…', marked: false });
  return parts;
}

/** Appends a part, merging it with the last one if both look the same. */
function appendPart(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  if (part.kind === 'text' && last?.kind === 'text' && last.marked === part.marked) {
    last.text += part.text;
  } else {
    parts.push(part);
  }
}

/** Parses only as much text as the excerpt needs, because hostile text may be slow to parse. */
function marksAround(text: string, from: number, to: number): Range[] {
  const start = Math.max(0, from - marksReach);
  const marks = markdownMarks(text.slice(start, to + marksReach));
  return marks.map((range) => ({ from: range.from + start, to: range.to + start }));
}

interface MentionRange extends Range {
  target: string;
}

function mentionsIn(text: string): MentionRange[] {
  const found: MentionRange[] = [];
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at + 1)) {
    const match = storedMention.exec(text.slice(at, at + 64));
    const target = match?.[1] ?? match?.[2];
    if (match && target) found.push({ from: at, to: at + match[0].length, target });
  }
  return found;
}

/** Chooses the cut: a little before the match, at word boundaries if near, never inside a grapheme. */
function windowOf(
  text: string,
  place: number,
  maxLength: number,
  mentions: readonly Range[],
): [number, number] {
  if (text.length <= maxLength) return [0, text.length];
  const wanted = Math.max(0, Math.min(place - Math.floor(maxLength / 4), text.length - maxLength));
  const blank = text.slice(wanted, Math.min(wanted + wordReach, place)).search(/\s/);
  const from = wanted === 0 || blank === -1 ? wanted : wanted + blank + 1;
  const end = Math.min(text.length, from + maxLength);
  const lastBlank = text.slice(end - wordReach, end).search(/\s\S*$/);
  const to = end === text.length || lastBlank === -1 ? end : end - wordReach + lastBlank;
  const around = (at: number) => mentions.find((one) => one.from < at && at < one.to);
  return [around(from)?.from ?? characterAt(text, from), around(to)?.to ?? characterAt(text, to)];
}

/** Returns the start of the grapheme at the position. */
function characterAt(text: string, at: number): number {
  if (at >= text.length) return at;
  const start = Math.max(0, at - characterReach);
  const near = text.slice(start, at + wordReach);
  return start + (graphemes.segment(near).containing(at - start)?.index ?? at - start);
}
