/** A code block. Highlighting is added when the worker finishes. */
import { type ReactNode, useEffect, useState } from 'react';
import { bounds } from './bounds';
import { cachedHighlighting, requestHighlighting } from './highlighting';
import type { HighlightRequest, Scope } from './highlightMessages';

interface Props {
  text: string;
  language: string;
  /** Maximum number of highlighted tokens. */
  maxTokens: number;
}

export function Code({ text, language, maxTokens }: Props) {
  const request: HighlightRequest = { text, language, maxTokens };
  const [, setMade] = useState<HighlightRequest | null>(null);
  const isEligible = language !== '' && text.length <= bounds.highlightedCharacters;
  const highlighting = isEligible ? cachedHighlighting(request) : 'plain';
  const unknown = highlighting === undefined;
  useEffect(() => {
    if (!unknown) return;
    const wanted = { text, language, maxTokens };
    return requestHighlighting(wanted, () => setMade(wanted));
  }, [unknown, text, language, maxTokens]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard must reach it to scroll it.
    <pre tabIndex={0} dir="auto">
      <code>
        {highlighting === undefined || highlighting === 'plain'
          ? text
          : renderScope(highlighting, 0)}
      </code>
    </pre>
  );
}

function renderScope(node: Scope | string, key: number): ReactNode {
  if (typeof node === 'string') return node;
  const children = node.children.map(renderScope);
  if (!node.scope) return children;
  return (
    <span key={key} className={`hljs-${node.scope.replaceAll('.', ' hljs-')}`}>
      {children}
    </span>
  );
}
