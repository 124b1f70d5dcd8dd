/**
 * Renders message text as React elements.
 *
 * Guarantees: text is never interpreted as HTML; raw HTML is shown as text. Links are limited to http, https
 * and mailto. Output is bounded (`bounds.ts`). Text that fails to render is shown as plain text.
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
import { CollapsibleText, PlainText } from './CollapsibleText';
import { allowedSchemes, taskLabel } from './grammar';
import { parseText } from './parseText';
import { isUrlOrEmail, sentencesIn } from './sentences';

interface Props {
  text: string;
  /** Renders a mention. `target` is a member id, `channel` or `here`. */
  renderMention(target: string): ReactNode;
  /** Renders `:name:`, which may be a custom emoji. Without it, `:name:` stays text. */
  renderEmoji?(name: string): ReactNode;
  /** Appended to the last line. */
  suffix?: ReactNode;
}

interface Renderers extends Pick<Props, 'renderMention' | 'renderEmoji'> {
  tokensPerBlock: number;
}

export const Markdown = memo(function Markdown(props: Props) {
  return (
    <ErrorBoundary
      resetKeys={[props.text]}
      fallback={
        <div className="prose-message">
          <CollapsibleText text={props.text} />
          {props.suffix}
        </div>
      }
    >
      <RenderedText {...props} />
    </ErrorBoundary>
  );
});

function RenderedText({ text, suffix, renderMention, renderEmoji }: Props) {
  if (isOnlyEmoji(text)) {
    return (
      <div className="prose-message">
        <p className="jumbo">
          {text}
          {suffix}
        </p>
      </div>
    );
  }
  const { tokens, rest, verbatim, tokensPerBlock } = parseText(text);
  if (verbatim) {
    return (
      <div className="prose-message">
        <PlainText text={text} />
        {suffix}
      </div>
    );
  }
  const blocks = renderTokens(tokens, { renderMention, renderEmoji, tokensPerBlock });
  if (rest !== '') blocks.push(<CollapsibleText key="rest" text={rest} />);
  return <div className="prose-message">{suffix ? withSuffix(blocks, suffix) : blocks}</div>;
}

/** Appends the suffix to the last paragraph, or below other last blocks. */
function withSuffix(blocks: ReactNode[], suffix: ReactNode): ReactNode {
  const last = blocks.at(-1);
  if (!isValidElement<{ children?: ReactNode }>(last) || last.type !== 'p') {
    return [blocks, <p key="suffix">{suffix}</p>];
  }
  return [blocks.slice(0, -1), cloneElement(last, undefined, last.props.children, suffix)];
}

/** Builds a tree from the flat list of opening and closing tokens. */
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

/** Blocks whose direction follows their own text. */
const directionalBlocks = new Set(['p', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'th', 'td']);

function renderBlock(
  token: Token,
  children: ReactNode[],
  key: number,
  inside: readonly Token[],
): ReactNode {
  if (token.hidden) return <Fragment key={key}>{children}</Fragment>;
  if (token.tag === 'a') {
    const href = String(token.attrGet('href') ?? '');
    // `validateLink` rejects other schemes. This is a second check.
    if (!allowedSchemes.test(href)) return <Fragment key={key}>{children}</Fragment>;
    return (
      <a
        key={key}
        href={href}
        target="_blank"
        rel="noopener noreferrer nofollow"
        dir={isUrlOrEmail(inside) ? 'ltr' : undefined}
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

/** The alignment of a table cell. */
function alignmentOf(token: Token): { style: CSSProperties } | undefined {
  const [, side] =
    /^text-align:(left|center|right)$/.exec(String(token.attrGet('style') ?? '')) ?? [];
  return side ? { style: { textAlign: side as 'left' | 'center' | 'right' } } : undefined;
}

/**
 * The browser detects the direction of a line by its first letter, ignoring isolated parts such as mentions,
 * URLs and code. A quote takes the direction of its lines, for the position of its bar.
 */
function dirOf(tag: string, inside: readonly Token[]): string | undefined {
  if (tag === 'blockquote') return directionOf(sentencesIn(inside)) ?? undefined;
  return directionalBlocks.has(tag) ? 'auto' : undefined;
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
          aria-label={taskLabel(token.content)}
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
          maxTokens={renderers.tokensPerBlock}
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
const onlyEmoji = new RegExp(`^(?:\\s*${emoji.source}){1,6}\\s*$`, 'u');

/** Whether the text consists of one to six emoji, which are shown large. */
function isOnlyEmoji(text: string): boolean {
  return text.length < 80 && onlyEmoji.test(text);
}
