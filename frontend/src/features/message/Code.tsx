/** A block of code; colours come when the worker has made them. */
import { type ReactNode, useEffect, useState } from 'react';
import { bounds } from './bounds';
import { type ColourRequest, knownColours, type Scope, whenColoured } from './colours';

interface Props {
  text: string;
  language: string;
  /** The most coloured pieces that it may become. */
  most: number;
}

export function Code({ text, language, most }: Props) {
  const request: ColourRequest = { text, language, most };
  const [, setMade] = useState<ColourRequest | null>(null);
  const mayHave = language !== '' && text.length <= bounds.coloured;
  const colours = mayHave ? knownColours(request) : 'plain';
  const unknown = colours === undefined;
  useEffect(() => {
    if (!unknown) return;
    const wanted = { text, language, most };
    return whenColoured(wanted, () => setMade(wanted));
  }, [unknown, text, language, most]);
  return (
    <pre tabIndex={0} dir="auto">
      <code>{colours === undefined || colours === 'plain' ? text : renderScope(colours, 0)}</code>
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
