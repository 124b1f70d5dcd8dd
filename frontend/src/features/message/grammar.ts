/**
 * The message grammar: one parser for rendering, mentions and screen reader text. Pure.
 *
 * Guarantees: HTML is text. Links are limited to http, https and mailto. Mentions are separate tokens.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import { m } from '../../paraglide/messages';
import { storedMention } from './mention';

/** `:name:` outside words. Does not match in `10:30:45`. */
const customEmoji = /^:([a-z0-9_+-]{2,32}):(?![\p{L}\p{N}])/u;

export const allowedSchemes = /^(?:https?:\/\/|mailto:)/i;

const parser = new MarkdownIt({ html: false, linkify: true, breaks: true });
parser.disable(['image', 'reference']);
parser.validateLink = (url) => allowedSchemes.test(url.trim());
// A bare URL ends at a mention, code, an escape or a link.
const { linkify } = parser;
const urlAtStart = linkify.matchAtStart.bind(linkify);
linkify.matchAtStart = (text) => urlAtStart(text.split(/[<`\\]|\[(?=\S*\]\()/, 1)[0] ?? '');
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

// Runs while escapes are still separate tokens, and after links are detected.
parser.core.ruler.after('linkify', 'plain_text', (state) => {
  const { onPlainText } = state.env as Visitor;
  if (!onPlainText) return;
  for (const { children } of state.tokens) {
    let isUrl = false;
    for (const token of children ?? []) {
      if (token.type === 'link_open') isUrl = token.markup !== '';
      else if (token.type === 'link_close') isUrl = false;
      else if (token.type === 'text' && !isUrl) onPlainText(token.content);
    }
  }
});

// Runs last, because `plain_text` needs the text with its checkbox.
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

/** Label of a task checkbox. */
export function taskLabel(content: string): string {
  return content === 'done' ? m.message_grammar_task_done() : m.message_grammar_task_open();
}

interface Visitor {
  onPlainText?(text: string): void;
}

/** Parses text into a flat list of opening, closing and leaf tokens. */
export function parse(text: string): Token[] {
  return parser.parse(text, {});
}

/** Returns the parts that render as plain text, without code, escapes and bare URLs. */
export function plainTextIn(text: string): string[] {
  const parts: string[] = [];
  parser.parse(text, { onPlainText: (part) => parts.push(part) } satisfies Visitor);
  return parts;
}

/** Returns the rendered mentions: member ids, `channel` and `here`, with duplicates. */
export function renderedMentions(text: string): string[] {
  return parse(text).flatMap(({ children }) =>
    (children ?? []).filter(({ type }) => type === 'mention').map(({ content }) => content),
  );
}
