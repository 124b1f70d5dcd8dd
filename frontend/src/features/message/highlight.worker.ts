/** Colours code away from the page: whatever it takes there, the page goes on. */

import { bounds } from './bounds';
import type { ColourRequest, Scope } from './colours';
import { highlight } from './highlight';

/** The tree within bounds, without what else the library keeps in it; null if it has too many pieces. */
function bounded(tree: Scope | null, most: number): Scope | null {
  let pieces = 0;
  function copy(node: Scope, depth: number): Scope {
    pieces += 1;
    if (pieces > most + 1) return { children: [] };
    const children = node.children.map((child) => {
      if (typeof child === 'string') return child;
      return depth < bounds.depth ? copy(child, depth + 1) : textOf(child);
    });
    return node.scope ? { scope: node.scope, children } : { children };
  }
  const copied = tree && copy(tree, 0);
  return pieces > most + 1 ? null : copied;
}

function textOf(node: Scope | string): string {
  return typeof node === 'string' ? node : node.children.map(textOf).join('');
}

self.addEventListener('message', ({ data }: MessageEvent<ColourRequest>) => {
  self.postMessage(bounded(highlight(data.text, data.language), data.most));
});
// Loaded: from here on time counts.
self.postMessage('ready');
