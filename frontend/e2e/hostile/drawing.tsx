/** A page that renders messages one by one, for tests that count and measure the output. */
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';
import '../../src/app/theme.css';
import { Markdown } from '../../src/features/message/Markdown';

export interface Drawn {
  /** Number of elements and texts. */
  nodes: number;
  depth: number;
  cells: number;
  /** Highlighted pieces of code, and the characters of highlighted blocks. */
  tokens: number;
  highlightedCharacters: number;
  /** Elements that are neither text nor formatting. */
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

/** Parses, renders and lays out. */
function draw(text: string): void {
  flushSync(() =>
    root.render(<Markdown text={text} renderMention={renderMention} renderEmoji={renderEmoji} />),
  );
  place?.getBoundingClientRect();
}

/** Blocks are highlighted in order: once a later one is done, all earlier ones are highlighted or stay plain. */
let requestCount = 0;
const probe = createRoot(document.body.appendChild(document.createElement('aside')));
function waitForHighlighting(): Promise<void> {
  requestCount += 1;
  const name = `last${requestCount}`;
  flushSync(() =>
    probe.render(
      <Markdown text={`\`\`\`js\nlet ${name} = 1;\n\`\`\``} renderMention={renderMention} />,
    ),
  );
  return new Promise((resolve) => {
    const check = () => {
      const shown = document.querySelector('aside');
      if (!shown?.textContent?.includes(name) || !shown.querySelector('.hljs-keyword')) return;
      observer.disconnect();
      resolve();
    };
    const observer = new MutationObserver(check);
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    check();
  });
}

function count(): Drawn {
  const within = place as Element;
  const walker = document.createTreeWalker(within, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  const drawn: Drawn = {
    ...{ nodes: 0, depth: 0, cells: 0, tokens: 0, highlightedCharacters: 0, strange: [] },
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
    if (node.matches('[class^=hljs-]')) drawn.tokens += 1;
    if (node.matches('code:has([class^=hljs-])'))
      drawn.highlightedCharacters += node.textContent?.length ?? 0;
  }
  return drawn;
}

Object.assign(window, {
  /** Renders a text and counts the output, including highlighting. */
  async drawAndCount(text: string): Promise<Drawn> {
    draw(text);
    if (/```|~~~/.test(text)) await waitForHighlighting();
    return count();
  },
  draw,
});
