/**
 * Mentions: people write `@ann`, texts keep `<@mem_…>`, so that a handle can change. Pure.
 *
 * Nothing inside code is a mention, in both directions.
 */

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

/** What stands in stored texts, from the start of the given text on. */
export const storedMention = new RegExp(`^<(?:@(mem_${uuid})|!(channel|here))>`);

const storedMentions = new RegExp(`<(?:@(mem_${uuid})|!(channel|here))>`, 'g');

/** A handle after `@` that is not the middle of a word, such as of a mail address. */
const writtenMentions = /(^|[^\p{L}\p{N}_@/.])@([\p{L}\p{N}](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?)/gu;

/** Fenced blocks (also unfinished ones) and code spans. */
const code = /(^|\n)(```|~~~)[\s\S]*?(?:\n\2[^\n]*|$(?![\s\S]))|(`+)[^`][\s\S]*?\3(?!`)/g;

/** `@ann` → `<@mem_…>`, for the handles that `memberIdOf` knows. */
export function storeMentions(
  written: string,
  memberIdOf: (handle: string) => string | undefined,
): string {
  return outsideCode(written, (text) =>
    text.replace(writtenMentions, (whole, before: string, handle: string) => {
      if (handle === 'channel' || handle === 'here') return `${before}<!${handle}>`;
      const id = memberIdOf(handle.toLowerCase());
      return id === undefined ? whole : `${before}<@${id}>`;
    }),
  );
}

/** The handles after an `@`, each once, in lower case; groups are none. */
export function writtenHandles(written: string): string[] {
  const handles = new Set<string>();
  storeMentions(written, (handle) => {
    handles.add(handle);
    return undefined;
  });
  return [...handles];
}

/** `<@mem_…>` → `@ann`, for editing. Unknown members stay as they are and are kept by sending. */
export function writeMentions(
  stored: string,
  handleOf: (memberId: string) => string | undefined,
): string {
  return outsideCode(stored, (text) =>
    text.replace(storedMentions, (whole, memberId?: string, group?: string) => {
      if (group !== undefined) return `@${group}`;
      const handle = memberId === undefined ? undefined : handleOf(memberId);
      return handle === undefined ? whole : `@${handle}`;
    }),
  );
}

/** What is being written before the caret: the word after an `@`, or null. */
export function mentionBeingWritten(
  text: string,
  caret: number,
): { from: number; word: string } | null {
  const match = /(?:^|[\s(])@([\p{L}\p{N}_.-]{0,40})$/u.exec(text.slice(0, caret));
  const word = match?.[1];
  return word === undefined ? null : { from: caret - word.length - 1, word };
}

/** Everyone that a stored text mentions by id. */
export function mentionedMembers(stored: string): string[] {
  return [...stored.matchAll(storedMentions)].flatMap((match) => match[1] ?? []);
}

/** Whether the place is inside of code that has ended, or of a fence that has not. */
export function isInCode(text: string, at: number): boolean {
  for (const match of text.matchAll(code)) {
    if (match.index < at && at <= match.index + match[0].length) return true;
  }
  // A code span being written: an odd number of backticks on the line.
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  return (line.match(/`/g)?.length ?? 0) % 2 === 1;
}

function outsideCode(text: string, change: (part: string) => string): string {
  let result = '';
  let at = 0;
  for (const match of text.matchAll(code)) {
    result += change(text.slice(at, match.index)) + match[0];
    at = match.index + match[0].length;
  }
  return result + change(text.slice(at));
}
