/** A message with its files in plain words, and who has to be known for that. Pure. */
import { filesInWords } from '../file/file';
import { drawnMentions } from './grammar';
import { isGroup } from './mention';
import type { Message } from './message';
import { plainWords } from './plainWords';

type Said = Pick<Message, 'text' | 'files'>;

export function messageInWords({ text, files }: Said, handleOf: (id: string) => string): string {
  const words = plainWords(text, (target) => (isGroup(target) ? target : handleOf(target)));
  return [words, filesInWords(files)].filter((part) => part !== '').join(', ');
}

/** The members that a message mentions. */
export function peopleIn({ text }: Pick<Message, 'text'>): string[] {
  return drawnMentions(text).filter((target) => !isGroup(target));
}
