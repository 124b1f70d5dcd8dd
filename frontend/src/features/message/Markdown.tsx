/**
 * The text of a message as React elements.
 *
 * Promises: nothing of a text ever becomes HTML (markdown is parsed to tokens, tokens become
 * elements); raw HTML shows as the text it is; links lead only to http, https and mailto. What one text
 * becomes has bounds (`bounds.ts`); a text that cannot be drawn is shown as it was written.
 */
import type { Token } from 'markdown-it';
import {
  type CSSProperties,
  cloneElement,
  createElement,
  Fragment,
  isValidElement,
  memo,
  type ReactNode,
} from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { directionOf } from '../../ui/direction';
import { Code } from './Code';
import { allowedSchemes, taskInWords } from './grammar';
import { PlainText, RestOfText } from './RestOfText';
import { readText } from './readText';
import { isAddress, sentencesIn } from './sentences';

interface Props {
  text: string;
  /** How a mention is shown: of a member by id, or `channel` or `here`. */
  renderMention(target: string): ReactNode;
  /** How `:name:` is shown, which may be an emoji of the workspace; left as it is without this. */
  renderEmoji?(name: string): ReactNode;
  /** Stands at the end of the last line. */
  suffix?: ReactNode;
}

interface Renderers extends Pick<Props, 'renderMention' | 'renderEmoji'> {
  piecesPerBlock: number;
}

export const Markdown = memo(function Markdown(props: Props) {
  return (
    <ErrorBoundary
      resetKeys={[props.text]}
      fallback={
        <div className="prose-message">
          <RestOfText text={props.text} />
          {props.suffix}
        </div>
      }
    >
      <Drawn {...props} />
    </ErrorBoundary>
  );
});

function Drawn({ text, suffix, renderMention, renderEmoji }: Props) {
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
  const { tokens, rest, verbatim, piecesPerBlock } = readText(text);
  if (verbatim) {
    return (
      <div className="prose-message">
        <PlainText text={text} />
        {suffix}
      </div>
    );
  }
  const blocks = renderTokens(tokens, { renderMention, renderEmoji, piecesPerBlock });
  if (rest !== '') blocks.push(<RestOfText key="rest" text={rest} />);
  return <div className="prose-message">{suffix ? withSuffix(blocks, suffix) : blocks}</div>;
}

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
  const open: { token: Token; at: number; children: ReactNode[] }[] = [];
  tokens.forEach((token, key) => {
    const siblings = open.at(-1)?.children ?? root;
    if (token.nesting === 1) {
      open.push({ token, at: key, children: [] });
    } else if (token.nesting === -1) {
      const closed = open.pop();
      if (!closed) return;
      const inside = tokens.slice(closed.at + 1, key);
      const made = renderBlock(closed.token, closed.children, key, inside);
      (open.at(-1)?.children ?? root).push(made);
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
const written = new Set(['p', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'th', 'td']);

function renderBlock(
  token: Token,
  children: ReactNode[],
  key: number,
  inside: readonly Token[],
): ReactNode {
  if (token.hidden) return <Fragment key={key}>{children}</Fragment>;
  if (token.tag === 'a') {
    const href = String(token.attrGet('href') ?? '');
    // `validateLink` has refused other schemes; a link that got here otherwise stays text.
    if (!allowedSchemes.test(href)) return <Fragment key={key}>{children}</Fragment>;
    return (
      <a
        key={key}
        href={href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        dir={isAddress(inside) ? 'ltr' : undefined}
      >
        {children}
      </a>
    );
  }
  if (!elements.has(token.tag)) return <Fragment key={key}>{children}</Fragment>;
  const start = token.tag === 'ol' ? { start: Number(token.attrGet('start') ?? 1) } : undefined;
  const own = { ...start, ...alignmentOf(token), dir: dirOf(token.tag, inside) };
  return createElement(token.tag, { key, ...own }, ...children);
}

/** Of a cell, where the line below the head of its table says so. */
function alignmentOf(token: Token): { style: CSSProperties } | undefined {
  const [, side] =
    /^text-align:(left|center|right)$/.exec(String(token.attrGet('style') ?? '')) ?? [];
  return side ? { style: { textAlign: side as 'left' | 'center' | 'right' } } : undefined;
}

/**
 * The browser finds the direction of a line by its first letter, but not by what has a direction of its
 * own: mentions, addresses, code. A quote has none but that of the lines in it, for its bar.
 */
function dirOf(tag: string, inside: readonly Token[]): string | undefined {
  if (tag === 'blockquote') return directionOf(sentencesIn(inside)) ?? undefined;
  return written.has(tag) ? 'auto' : undefined;
}

function renderLeaf(token: Token, key: number, renderers: Renderers): ReactNode {
  switch (token.type) {
    case 'mention':
      return <bdi key={key}>{renderers.renderMention(token.content)}</bdi>;
    case 'custom_emoji': {
      const shown = renderers.renderEmoji?.(token.content);
      return <bdi key={key}>{shown ?? `:${token.content}:`}</bdi>;
    }
    case 'task':
      return (
        <input
          key={key}
          type="checkbox"
          className="task"
          checked={token.content === 'done'}
          aria-label={taskInWords(token.content)}
          disabled
          readOnly
        />
      );
    case 'softbreak':
    case 'hardbreak':
      return <br key={key} />;
    case 'code_inline':
      return (
        <code key={key} dir="auto">
          {token.content}
        </code>
      );
    case 'fence':
    case 'code_block':
      return (
        <Code
          key={key}
          text={token.content.replace(/\n$/, '')}
          language={token.info.trim()}
          most={renderers.piecesPerBlock}
        />
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
