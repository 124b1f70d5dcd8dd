/**
 * The text of a message as React elements.
 *
 * Promises: nothing of a text ever becomes HTML (markdown is parsed to tokens, tokens become
 * elements); raw HTML shows as the text it is; links lead only to http, https and mailto.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import { cloneElement, createElement, Fragment, isValidElement, memo, type ReactNode } from 'react';
import { Code } from './Code';
import { storedMention } from './mention';

/** `:name:` that is not inside of another word, such as in `10:30:45`. */
const customEmoji = /^:([a-z0-9_+-]{2,32}):(?![\p{L}\p{N}])/u;

const allowedSchemes = /^(?:https?:\/\/|mailto:)/i;

const parser = new MarkdownIt({ html: false, linkify: true, breaks: true });
parser.disable(['image', 'reference']);
parser.validateLink = (url) => allowedSchemes.test(url.trim());
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

interface Props {
  text: string;
  /** How a mention is shown: of a member by id, or `channel` or `here`. */
  renderMention(target: string): ReactNode;
  /** How `:name:` is shown, which may be an emoji of the workspace; left as it is without this. */
  renderEmoji?(name: string): ReactNode;
  /** Stands at the end of the last line. */
  suffix?: ReactNode;
}

type Renderers = Pick<Props, 'renderMention' | 'renderEmoji'>;

export const Markdown = memo(function Markdown(props: Props) {
  const { text, suffix } = props;
  if (isFewEmoji(text)) {
    return (
      <div className="prose-message">
        <p className="jumbo">
          {text}
          {suffix}
        </p>
      </div>
    );
  }
  const blocks = renderTokens(parser.parse(text, {}), props);
  return <div className="prose-message">{suffix ? withSuffix(blocks, suffix) : blocks}</div>;
});

/** In the last paragraph, or below what else a text ends with. */
function withSuffix(blocks: ReactNode[], suffix: ReactNode): ReactNode {
  const last = blocks.at(-1);
  if (!isValidElement<{ children?: ReactNode }>(last) || last.type !== 'p') {
    return [blocks, <p key="suffix">{suffix}</p>];
  }
  return [blocks.slice(0, -1), cloneElement(last, undefined, last.props.children, suffix)];
}

/** Tokens are a flat list of openings and closings; this folds them into a tree. */
function renderTokens(tokens: readonly Token[], renderers: Renderers): ReactNode[] {
  const root: ReactNode[] = [];
  const open: { token: Token; children: ReactNode[] }[] = [];
  tokens.forEach((token, key) => {
    const siblings = open.at(-1)?.children ?? root;
    if (token.nesting === 1) {
      open.push({ token, children: [] });
    } else if (token.nesting === -1) {
      const closed = open.pop();
      if (!closed) return;
      (open.at(-1)?.children ?? root).push(renderBlock(closed.token, closed.children, key));
    } else if (token.type === 'inline') {
      siblings.push(<Fragment key={key}>{renderTokens(token.children ?? [], renderers)}</Fragment>);
    } else {
      siblings.push(renderLeaf(token, key, renderers));
    }
  });
  return root;
}

const elements = new Set([
  ...['p', 'strong', 'em', 's', 'ul', 'ol', 'li', 'blockquote'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
]);

/** Blocks that run in the direction of their own text, whatever stands around them. */
const written = new Set([
  'p',
  'ul',
  'ol',
  'blockquote',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'th',
  'td',
]);

function renderBlock(token: Token, children: ReactNode[], key: number): ReactNode {
  if (token.hidden) return <Fragment key={key}>{children}</Fragment>;
  if (token.tag === 'a') {
    const href = String(token.attrGet('href') ?? '');
    // `validateLink` has refused other schemes; a link that got here otherwise stays text.
    if (!allowedSchemes.test(href)) return <Fragment key={key}>{children}</Fragment>;
    return (
      <a key={key} href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    );
  }
  if (!elements.has(token.tag)) return <Fragment key={key}>{children}</Fragment>;
  const start = token.tag === 'ol' ? { start: Number(token.attrGet('start') ?? 1) } : undefined;
  const dir = written.has(token.tag) ? { dir: 'auto' } : undefined;
  return createElement(token.tag, { key, ...start, ...dir }, ...children);
}

function renderLeaf(token: Token, key: number, renderers: Renderers): ReactNode {
  switch (token.type) {
    case 'mention':
      return <Fragment key={key}>{renderers.renderMention(token.content)}</Fragment>;
    case 'custom_emoji': {
      const shown = renderers.renderEmoji?.(token.content);
      return <Fragment key={key}>{shown ?? `:${token.content}:`}</Fragment>;
    }
    case 'softbreak':
    case 'hardbreak':
      return <br key={key} />;
    case 'code_inline':
      return <code key={key}>{token.content}</code>;
    case 'fence':
    case 'code_block':
      return (
        <Code key={key} text={token.content.replace(/\n$/, '')} language={token.info.trim()} />
      );
    case 'hr':
      return <hr key={key} />;
    default:
      return <Fragment key={key}>{token.content}</Fragment>;
  }
}

const emoji =
  /(?:\p{RI}\p{RI}|\p{Extended_Pictographic}(?:\uFE0F|\p{EMod})?(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{EMod})?)*)/u;
const fewEmoji = new RegExp(`^(?:\\s*${emoji.source}){1,6}\\s*$`, 'u');

/** One to six emoji and nothing else are shown large. */
function isFewEmoji(text: string): boolean {
  return text.length < 80 && fewEmoji.test(text);
}
