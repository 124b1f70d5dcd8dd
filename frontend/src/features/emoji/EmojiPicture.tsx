/** The picture of an emoji of the workspace; it stands still where the system asks for that. */
import type { Emoji } from './emoji';

interface Props {
  emoji: Emoji;
  alt: string;
  title?: string;
  className: string;
}

export function EmojiPicture({ emoji, ...rest }: Props) {
  return (
    <picture className="contents">
      <source media="(prefers-reduced-motion: reduce)" srcSet={emoji.stillUrl} />
      <img src={emoji.url} draggable={false} {...rest} />
    </picture>
  );
}
