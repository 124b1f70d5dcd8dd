/**
 * Extracts the sentences of a text, without mentions, URLs, code and emoji names. They determine the text
 * direction. Pure.
 */
import type { Token } from 'markdown-it';
import { type Direction, directionOf } from '../../ui/direction';
import { parse } from './grammar';

const urlOrEmail = /^\s*(?:https?:\/\/|mailto:|www\.)\S*\s*$|^\s*[^\s@]+@[^\s@]+\.[^\s@]+\s*$/i;

/** Whether the text of a link is a URL or an email. */
export function isUrlOrEmail(inside: readonly Token[]): boolean {
  return urlOrEmail.test(inside.map(({ content }) => content).join(''));
}

export function sentencesIn(tokens: readonly Token[]): string {
  let sentences = '';
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at];
    if (token?.children) sentences += `${sentencesIn(token.children)}\n`;
    else if (token?.type === 'text') sentences += token.content;
    else if (token?.type === 'link_open') {
      const end = endOfLink(tokens, at);
      if (isUrlOrEmail(tokens.slice(at + 1, end))) at = end;
    }
  }
  return sentences;
}

function endOfLink(tokens: readonly Token[], opened: number): number {
  let end = opened + 1;
  while (end < tokens.length && tokens[end]?.type !== 'link_close') end += 1;
  return end;
}

/** A typed `@handle` or group name. */
const handle = /@[\p{L}\p{N}\p{M}._-]+/gu;

/** Returns the direction of typed text, or null if undetermined. */
export function writtenDirection(text: string): Direction | null {
  // The beginning is sufficient, unless it consists of URLs only.
  return directionOf(sentencesIn(parse(text.slice(0, 2_000).replace(handle, ' '))));
}
