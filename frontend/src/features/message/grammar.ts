/**
 * The grammar of messages: the one parser that drawing, mentioning and reading aloud share. Pure.
 *
 * Promises: HTML is text; links lead only to http, https and mailto; a mention is a token of its own.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import { storedMention } from './mention';

/** `:name:` that is not inside of another word, such as in `10:30:45`. */
const customEmoji = /^:([a-z0-9_+-]{2,32}):(?![\p{L}\p{N}])/u;

export const allowedSchemes = /^(?:https?:\/\/|mailto:)/i;

const parser = new MarkdownIt({ html: false, linkify: true, breaks: true });
parser.disable(['image', 'reference']);
parser.validateLink = (url) => allowedSchemes.test(url.trim());
// An address ends where something else begins: a mention, code, an escape, a link.
const { linkify } = parser;
const addressAtStart = linkify.matchAtStart.bind(linkify);
linkify.matchAtStart = (text) => addressAtStart(text.split(/[<`\\]|\[(?=\S*\]\()/, 1)[0] ?? '');
// Before autolinks, which also begin with `<`.
parser.inline.ruler.before('autolink', 'mention', (state, silent) => {
  if (state.src.charCodeAt(state.pos) !== 0x3c) return false;
  const match = storedMention.exec(state.src.slice(state.pos, state.pos + 64));
  if (!match) return false;
  if (!silent) {
    const token = state.push('mention', '', 0);
    token.content = match[1] ?? match[2] ?? '';
  }
  state.pos += match[0].length;
  return true;
});

parser.inline.ruler.before('mention', 'custom_emoji', (state, silent) => {
  if (state.src.charCodeAt(state.pos) !== 0x3a) return false;
  if (/[\p{L}\p{N}:/]$/u.test(state.src.slice(Math.max(0, state.pos - 2), state.pos))) return false;
  const match = customEmoji.exec(state.src.slice(state.pos, state.pos + 48));
  if (!match) return false;
  if (!silent) {
    const token = state.push('custom_emoji', '', 0);
    token.content = match[1] ?? '';
  }
  state.pos += match[0].length;
  return true;
});

// Where escapes are still apart from the text around them, and links are known.
parser.core.ruler.after('linkify', 'plain_text', (state) => {
  const { onPlainText } = state.env as Visitor;
  if (!onPlainText) return;
  for (const { children } of state.tokens) {
    let isAddress = false;
    for (const token of children ?? []) {
      if (token.type === 'link_open') isAddress = token.markup !== '';
      else if (token.type === 'link_close') isAddress = false;
      else if (token.type === 'text' && !isAddress) onPlainText(token.content);
    }
  }
});

// Last: what was typed is looked for in what is drawn as text, before the box is taken out of it.
parser.core.ruler.push('task', ({ tokens, Token }) => {
  tokens.forEach((token, at) => {
    const [first] = token.children ?? [];
    if (tokens[at - 2]?.type !== 'list_item_open' || first?.type !== 'text') return;
    const box = /^\[([ xX])\]\s+(?=\S|$)/.exec(first.content);
    if (!box || (first.content === box[0] && token.children?.length === 1)) return;
    first.content = first.content.slice(box[0].length);
    const task = new Token('task', '', 0);
    task.content = box[1] === ' ' ? 'open' : 'done';
    token.children?.unshift(task);
  });
});

/** What the box of a task says; `content` is that of its token. */
export function taskInWords(content: string): string {
  return content === 'done' ? 'Done' : 'To do';
}

interface Visitor {
  onPlainText?(text: string): void;
}

/** The text as a flat list of openings, closings and leaves. */
export function parse(text: string): Token[] {
  return parser.parse(text, {});
}

/** The parts of a text that are drawn as they stand: no code, no escapes, no addresses. */
export function plainTextIn(text: string): string[] {
  const parts: string[] = [];
  parser.parse(text, { onPlainText: (part) => parts.push(part) } satisfies Visitor);
  return parts;
}

/** Whom the text is drawn to mention: ids of members, `channel` and `here`, as often as they stand there. */
export function drawnMentions(text: string): string[] {
  return parse(text).flatMap(({ children }) =>
    (children ?? []).filter(({ type }) => type === 'mention').map(({ content }) => content),
  );
}
