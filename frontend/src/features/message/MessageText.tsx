/** The text of a message as it is read: with the people that it mentions and the emoji of the workspace. */
import type { ReactNode } from 'react';
import { CustomEmoji } from '../emoji/CustomEmoji';
import { Markdown } from './Markdown';
import { Mention } from './Mention';

interface Props {
  text: string;
  /** Stands at the end of the last line. */
  suffix?: ReactNode;
}

// The same functions at every render, by which the text is not read again.
const renderMention = (target: string) => <Mention target={target} />;
const renderEmoji = (name: string) => <CustomEmoji name={name} />;

export function MessageText({ text, suffix }: Props) {
  return (
    <Markdown text={text} renderMention={renderMention} renderEmoji={renderEmoji} suffix={suffix} />
  );
}
