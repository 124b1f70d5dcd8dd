/** An emoji of the workspace inside of a text, as high as the line; what is none stays the text it is. */
import { useWorkspace } from '../workspace/workspaceContext';
import { EmojiPicture } from './EmojiPicture';
import { nameOfEmoji } from './emoji';

export function CustomEmoji({ name }: { name: string }) {
  const { emoji } = useWorkspace();
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

/** An emoji by itself, such as a reaction. */
export function EmojiSign({ emoji }: { emoji: string }) {
  const name = nameOfEmoji(emoji);
  return <span>{name ? <CustomEmoji name={name} /> : emoji}</span>;
}
