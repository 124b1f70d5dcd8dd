/** Completion in the composer: members after `@`, emoji after `:`. */
import { useState } from 'react';
import { type Completion, type CompletionMenuState, useChoices } from '../../ui/CompletionMenu';
import { useEmojiChoices } from './useEmojiChoices';
import { type MentionChoice, useMentionChoices } from './useMentionChoices';

export function useCompletionMenu(
  text: string,
  caret: number,
  canMentionEveryone: boolean,
  onChoose: (choice: MentionChoice, completion: Completion<MentionChoice>) => void,
): CompletionMenuState {
  const dismissed = useState<number | null>(null);
  const mention = useMentionChoices(text, caret, canMentionEveryone, dismissed[0]);
  const emoji = useEmojiChoices(text, caret, dismissed[0]);
  const completion: Completion<MentionChoice> | null = mention ?? emoji;
  return useChoices(completion, caret, dismissed, onChoose);
}
