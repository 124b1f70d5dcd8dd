/** Stored mentions: `<@mem_…>`, which survives handle changes, `<!channel>` and `<!here>`. Pure. */

const uuid = '[0-7][0-9a-hjkmnp-tv-z]{25}';
const form = `<(?:@(mem_${uuid}${uuid})|!(channel|here))>`;

/** Matches a mention at the start of a text: of a member by id, or of a group by name. */
export const storedMention = new RegExp(`^${form}`);

const storedMentions = new RegExp(form, 'g');

/** A mention in a text, whether it renders as one or not. */
export interface StoredMention {
  from: number;
  to: number;
  /** A member id, `channel` or `here`. */
  target: string;
}

export function storedMentionsIn(text: string): StoredMention[] {
  return [...text.matchAll(storedMentions)].map((match) => ({
    from: match.index,
    to: match.index + match[0].length,
    target: match[1] ?? match[2] ?? '',
  }));
}

export function isGroup(target: string): boolean {
  return target === 'channel' || target === 'here';
}

export function storedMentionFor(target: string): string {
  return isGroup(target) ? `<!${target}>` : `<@${target}>`;
}
