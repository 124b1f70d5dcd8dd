/** The one form of an emoji, which the server gives it, too: 👍 and 👍 with a selector are the same. Pure. */

const selector = /\uFE0F/g;

/** What is drawn as text unless a selector behind it says otherwise; a skin tone says so as well. */
const drawnAsText = /(?=\p{Emoji})(?!\p{Emoji_Presentation})[\s\S](?!\p{Emoji_Modifier})/gu;

/** Fully qualified, as Unicode lists it. `:name:` stays as it is. */
export function normalEmoji(emoji: string): string {
  if (emoji.startsWith(':')) return emoji;
  return emoji.replace(selector, '').replace(drawnAsText, '$&\uFE0F');
}
