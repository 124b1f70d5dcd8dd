/** A block of code; colours come when the highlighter has been loaded. */
import { type ReactNode, useEffect, useState } from 'react';

interface Scope {
  scope?: string;
  children: (Scope | string)[];
}

type Highlight = (text: string, language: string) => Scope | null;

let highlighter: Highlight | undefined;

export function Code({ text, language }: { text: string; language: string }) {
  const [highlight, setHighlight] = useState<Highlight | undefined>(() => highlighter);
  useEffect(() => {
    if (language === '' || highlighter) return;
    let here = true;
    import('./highlight').then((loaded) => {
      highlighter = loaded.highlight;
      if (here) setHighlight(() => loaded.highlight);
    });
    return () => {
      here = false;
    };
  }, [language]);
  const tree = language === '' ? null : highlight?.(text, language);
  return (
    <pre tabIndex={0}>
      <code>{tree ? renderScope(tree, 0) : text}</code>
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
