/** Which emoji a `:` that is being written may mean. */
import { createElement, type ReactNode, useEffect, useState } from 'react';
import { EmojiPicture } from '../emoji/EmojiPicture';
import { useCustomEmoji } from '../emoji/useCustomEmoji';
import type { Emoji } from '../reaction/emojiList';
import { findByShortcode, shortcodeBeingWritten } from '../reaction/shortcode';
import type { Completion } from './CompletionMenu';
import { isTextAt } from './typedMentions';

const mostShown = 8;

/** Loaded with the first colon; kept for the whole page. */
let loaded: readonly Emoji[] | null = null;

export function loadedEmoji(): readonly Emoji[] {
  return loaded ?? [];
}

export function useEmojiChoices(
  text: string,
  caret: number,
  closedAt: number | null,
): Completion | null {
  const [list, setList] = useState(loaded);
  const own = useCustomEmoji();
  const written = shortcodeBeingWritten(text, caret);
  const wanted = written !== null && written.from !== closedAt && isTextAt(text, caret);
  useEffect(() => {
    if (!wanted || list) return;
    let here = true;
    import('../reaction/emojiList').then(({ emojiList }) => {
      loaded = emojiList;
      if (here) setList(emojiList);
    });
    return () => {
      here = false;
    };
  }, [wanted, list]);
  if (!wanted) return null;
  const choices = findByShortcode([...own, ...(list ?? [])], written.word, mostShown).map(
    (emoji) => ({
      key: emoji.unicode,
      insert: emoji.unicode,
      picture: pictureOf(emoji),
      title: `:${emoji.shortcodes.find((code) => code.includes(written.word))}:`,
      detail: '',
    }),
  );
  return { from: written.from, word: written.word, label: 'Emoji', choices };
}

function pictureOf({ unicode, picture }: Emoji): ReactNode {
  return picture
    ? createElement(EmojiPicture, { emoji: picture, alt: '', className: 'size-5 object-contain' })
    : unicode;
}
