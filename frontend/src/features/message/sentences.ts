/**
 * The sentences of a text, without what is foreign to them: mentions, addresses, code, names of emoji.
 * The direction of a text is that of its sentences. Pure.
 */
import type { Token } from 'markdown-it';
import { type Direction, directionOf } from '../../ui/direction';
import { parse } from './grammar';

const address = /^\s*(?:https?:\/\/|mailto:|www\.)\S*\s*$|^\s*[^\s@]+@[^\s@]+\.[^\s@]+\s*$/i;

/** Whether the text of a link is an address, and no words. */
export function isAddress(inside: readonly Token[]): boolean {
  return address.test(inside.map(({ content }) => content).join(''));
}

export function sentencesIn(tokens: readonly Token[]): string {
  let sentences = '';
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.children) sentences += `${sentencesIn(token.children)}\n`;
    else if (token?.type === 'text') sentences += token.content;
    else if (token?.type === 'link_open') {
      const end = endOfLink(tokens, at);
      if (isAddress(tokens.slice(at + 1, end))) at = end;
    }
  }
  return sentences;
}

function endOfLink(tokens: readonly Token[], opened: number): number {
  let end = opened + 1;
  while (end < tokens.length && tokens[end]?.type !== 'link_close') end += 1;
  return end;
}

/** An `@handle` or the name of a group, as one writes it. */
const handle = /@[\p{L}\p{N}\p{M}._-]+/gu;

/** The direction of a text that is being written; null while it has only what has no direction. */
export function writtenDirection(text: string): Direction | null {
  // What decides stands at the beginning, unless that is all addresses.
  return directionOf(sentencesIn(parse(text.slice(0, 2_000).replace(handle, ' '))));
}
