/** A custom emoji in text. Unknown names are shown as `:name:`. */
import { useBoot } from '../workspace/workspaceContext';
import { EmojiPicture } from './EmojiPicture';
import { parseEmojiName } from './emoji';

export function CustomEmoji({ name }: { name: string }) {
  const emoji = useBoot(({ workspace }) => workspace.emoji);
  const found = emoji.findLast((one) => one.name === name);
  const code = `:${name}:`;
  if (!found) return code;
  return (
    <EmojiPicture
      emoji={found}
      alt={code}
      title={code}
      className="inline-block size-[1.4em] object-contain align-[-0.3em]"
    />
  );
}

/** A standalone emoji, such as a reaction. */
export function StandaloneEmoji({ emoji }: { emoji: string }) {
  const name = parseEmojiName(emoji);
  return <span>{name ? <CustomEmoji name={name} /> : emoji}</span>;
}
