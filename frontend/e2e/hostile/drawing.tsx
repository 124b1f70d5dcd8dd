/** A page that draws one message after another, for the tests that count and measure what that makes. */
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import '../../src/app/theme.css';
import { Markdown } from '../../src/features/message/Markdown';

export interface Drawn {
  /** Elements and texts. */
  nodes: number;
  depth: number;
  cells: number;
  /** Coloured pieces of code, and the characters of the blocks that have some. */
  pieces: number;
  coloured: number;
  /** What is neither text nor formatting. */
  strange: string[];
  visible: boolean;
}

const place = document.querySelector('#drawn');
if (!place) throw new Error('no place to draw');
const root = createRoot(place);

const harmless = new Set(
  'DIV P STRONG EM S UL OL LI BLOCKQUOTE H1 H2 H3 H4 H5 H6 TABLE THEAD TBODY TR TH TD A BR CODE PRE SPAN HR BUTTON B I BDI'.split(
    ' ',
  ),
);

const renderMention = (target: string) => <b>{`@${target}`}</b>;
const renderEmoji = (name: string) => <i>{`:${name}:`}</i>;

/** Reads, draws and lays out. */
function draw(text: string): void {
  flushSync(() =>
    root.render(<Markdown text={text} renderMention={renderMention} renderEmoji={renderEmoji} />),
  );
  place?.getBoundingClientRect();
}

/** Blocks are coloured in their order: once a later one is, so is all before it, or stays plain. */
let asked = 0;
const after = createRoot(document.body.appendChild(document.createElement('aside')));
function coloured(): Promise<void> {
  asked += 1;
  const name = `last${asked}`;
  flushSync(() =>
    after.render(
      <Markdown text={`\`\`\`js\nlet ${name} = 1;\n\`\`\``} renderMention={renderMention} />,
    ),
  );
  return new Promise((resolve) => {
    const look = () => {
      const shown = document.querySelector('aside');
      if (!shown?.textContent?.includes(name) || !shown.querySelector('.hljs-keyword')) return;
      observer.disconnect();
      resolve();
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    look();
  });
}

function count(): Drawn {
  const within = place as Element;
  const walker = document.createTreeWalker(within, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  const drawn: Drawn = {
    ...{ nodes: 0, depth: 0, cells: 0, pieces: 0, coloured: 0, strange: [] },
    visible: /[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\u2800]/u.test(within.textContent ?? ''),
  };
  while (walker.nextNode()) {
    const node = walker.currentNode;
    drawn.nodes += 1;
    if (!(node instanceof Element)) continue;
    let depth = 0;
    for (let up: Element | null = node; up && up !== within; up = up.parentElement) depth += 1;
    drawn.depth = Math.max(drawn.depth, depth);
    if (!harmless.has(node.tagName)) drawn.strange.push(node.tagName);
    for (const { name } of node.attributes) if (name.startsWith('on')) drawn.strange.push(name);
    if (node.matches('td, th')) drawn.cells += 1;
    if (node.matches('[class^=hljs-]')) drawn.pieces += 1;
    if (node.matches('code:has([class^=hljs-])')) drawn.coloured += node.textContent?.length ?? 0;
  }
  return drawn;
}

Object.assign(window, {
  /** Draws a text and tells what it has become, its colours included. */
  async drawAndCount(text: string): Promise<Drawn> {
    draw(text);
    if (/```|~~~/.test(text)) await coloured();
    return count();
  },
  draw,
});
