/** Formats a message and its files as plain text, for screen readers. Pure. */
import { summarizeFiles } from '../file/file';
import { renderedMentions } from './grammar';
import { isGroup } from './mention';
import type { Message } from './message';
import { plainText } from './plainText';

type Readable = Pick<Message, 'text' | 'files'>;

export function messagePlainText(
  { text, files }: Readable,
  handleOf: (id: string) => string,
): string {
  const words = plainText(text, (target) => (isGroup(target) ? target : handleOf(target)));
  return [words, summarizeFiles(files)].filter((part) => part !== '').join(', ');
}

/** Returns the ids of the mentioned members. */
export function mentionedMemberIds({ text }: Pick<Message, 'text'>): string[] {
  return renderedMentions(text).filter((target) => !isGroup(target));
}
