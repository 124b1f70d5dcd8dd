/** Message text with mentions and custom emoji. */
import type { ReactNode } from 'react';
import { CustomEmoji } from '../emoji/CustomEmoji';
import { Markdown } from './Markdown';
import { Mention } from './Mention';

interface Props {
  text: string;
  /** Appended to the last line. */
  suffix?: ReactNode;
}

// Stable functions, so that the memoized `Markdown` does not render again.
const renderMention = (target: string) => <Mention target={target} />;
const renderEmoji = (name: string) => <CustomEmoji name={name} />;

export function MessageText({ text, suffix }: Props) {
  return (
    <Markdown text={text} renderMention={renderMention} renderEmoji={renderEmoji} suffix={suffix} />
  );
}
