/** Rendered mentions, by test cases shared with the server. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderedMentions } from './grammar';

interface Case {
  text: string;
  mentions: string[];
}

// Tests run in `frontend`.
const cases: Case[] = JSON.parse(readFileSync('../api/tests/mentions.json', 'utf8'));

const ids = {
  ann: 'mem_01h455vb4pex5vsknk084sn02q01h4000000e008000000000001',
  ben: 'mem_01h455vb4pex5vsknk084sn02q01h4000000e008000000000002',
};

/** Distinct mentions. `here` counts as `channel`. */
function rendered(text: string): string[] {
  const names: Record<string, string> = { [ids.ann]: 'ann', [ids.ben]: 'ben', here: 'channel' };
  const stored = text.replaceAll('<@ann>', `<@${ids.ann}>`).replaceAll('<@ben>', `<@${ids.ben}>`);
  return [...new Set(renderedMentions(stored).map((target) => names[target] ?? target))].sort();
}

describe('rendered mentions', () => {
  it.each(cases)('$text', ({ text, mentions }) => {
    expect(rendered(text)).toEqual(mentions);
  });
});
