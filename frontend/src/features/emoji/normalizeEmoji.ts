/** Normalizes emoji as the server does, so that 👍 with and without a variation selector are equal. Pure. */

const selector = /\uFE0F/g;

/** Characters that render as text unless followed by a variation selector or a skin tone. */
const rendersAsText = /(?=\p{Emoji})(?!\p{Emoji_Presentation})[\s\S](?!\p{Emoji_Modifier})/gu;

/** Returns the fully qualified form. Leaves `:name:` unchanged. */
export function normalizeEmoji(emoji: string): string {
  if (emoji.startsWith(':')) return emoji;
  return emoji.replace(selector, '').replace(rendersAsText, '$&\uFE0F');
}
