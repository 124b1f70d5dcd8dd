/** The highlighting worker, which keeps slow input off the main thread. */

import { bounds } from './bounds';
import { highlight } from './highlight';
import type { HighlightRequest, Scope } from './highlightMessages';

/** Copies the tree within the limits. Returns null if it has too many tokens. */
function bounded(tree: Scope | null, maxTokens: number): Scope | null {
  let pieces = 0;
  function copy(node: Scope, depth: number): Scope {
    pieces += 1;
    if (pieces > maxTokens + 1) return { children: [] };
    const children = node.children.map((child) => {
      if (typeof child === 'string') return child;
      return depth < bounds.depth ? copy(child, depth + 1) : textOf(child);
    });
    return node.scope ? { scope: node.scope, children } : { children };
  }
  const copied = tree && copy(tree, 0);
  return pieces > maxTokens + 1 ? null : copied;
}

function textOf(node: Scope | string): string {
  return typeof node === 'string' ? node : node.children.map(textOf).join('');
}

self.addEventListener('message', ({ data }: MessageEvent<HighlightRequest>) => {
  self.postMessage(bounded(highlight(data.text, data.language), data.maxTokens));
});
// Signals that the worker is loaded, which starts the highlighting timeout.
self.postMessage('ready');
