/** Who is drawn as mentioned, by the table that the server is held to as well. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawnMentions } from './grammar';

interface Case {
  text: string;
  mentions: string[];
}

// Tests run in `frontend`.
const cases: Case[] = JSON.parse(readFileSync('../api/tests/mentions.json', 'utf8'));

const ids = {
  ann: 'mem_00000000-0000-7000-8000-000000000001',
  ben: 'mem_00000000-0000-7000-8000-000000000002',
};

/** Everybody once; `here` is the channel. */
function drawn(text: string): string[] {
  const names: Record<string, string> = { [ids.ann]: 'ann', [ids.ben]: 'ben', here: 'channel' };
  const stored = text.replaceAll('<@ann>', `<@${ids.ann}>`).replaceAll('<@ben>', `<@${ids.ben}>`);
  return [...new Set(drawnMentions(stored).map((target) => names[target] ?? target))].sort();
}

describe('whom a text is drawn to mention', () => {
  it.each(cases)('$text', ({ text, mentions }) => {
    expect(drawn(text)).toEqual(mentions);
  });
});
