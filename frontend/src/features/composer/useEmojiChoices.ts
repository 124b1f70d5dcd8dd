/** Emoji completion after `:`. */
import { createElement, type ReactNode, useEffect, useState } from 'react';
import { m } from '../../paraglide/messages';
import type { Completion } from '../../ui/CompletionMenu';
import { EmojiPicture } from '../emoji/EmojiPicture';
import type { Emoji } from '../emoji/emojiList';
import { findByShortcode, shortcodeAtCaret } from '../emoji/shortcode';
import { useCustomEmoji } from '../emoji/useCustomEmoji';
import { isPlainTextAt } from './typedMentions';

const maxShown = 8;

/** Loaded on the first colon and kept for the page's lifetime. */
let loaded: readonly Emoji[] | null = null;

export function loadedEmoji(): readonly Emoji[] {
  return loaded ?? [];
}

export function useEmojiChoices(
  text: string,
  caret: number,
  dismissedAt: number | null,
): Completion | null {
  const [list, setList] = useState(loaded);
  const customEmoji = useCustomEmoji();
  const written = shortcodeAtCaret(text, caret);
  const wanted = written !== null && written.from !== dismissedAt && isPlainTextAt(text, caret);
  useEffect(() => {
    if (!wanted || list) return;
    let isMounted = true;
    import('../emoji/emojiList').then(({ emojiList }) => {
      loaded = emojiList;
      if (isMounted) setList(emojiList);
    });
    return () => {
      isMounted = false;
    };
  }, [wanted, list]);
  if (!wanted) return null;
  const choices = findByShortcode([...customEmoji, ...(list ?? [])], written.word, maxShown).map(
    (emoji) => ({
      key: emoji.unicode,
      insert: emoji.unicode,
      picture: pictureOf(emoji),
      title: `:${emoji.shortcodes.find((code) => code.includes(written.word))}:`,
      detail: '',
    }),
  );
  return {
    from: written.from,
    word: written.word,
    label: m.composer_emoji_choices_label(),
    choices,
  };
}

function pictureOf({ unicode, picture }: Emoji): ReactNode {
  return picture
    ? createElement(EmojiPicture, { emoji: picture, alt: '', className: 'size-5 object-contain' })
    : unicode;
}
