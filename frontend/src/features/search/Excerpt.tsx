/** The excerpt of a found message, with highlighted matches. */
import { memo } from 'react';
import { Mention } from '../message/Mention';
import { cutExcerpt, type Highlight } from './cutExcerpt';

interface Props {
  text: string;
  highlights: readonly Highlight[];
}

export const Excerpt = memo(function Excerpt({ text, highlights }: Props) {
  return (
    <div dir="auto" className="prose-message whitespace-normal text-soft">
      {cutExcerpt(text, highlights).map((part, index) => {
        const Tag = part.marked ? 'mark' : 'span';
        return (
          <Tag key={index}>
            {part.kind === 'text' ? (
              part.text
            ) : (
              <bdi>
                <Mention target={part.target} />
              </bdi>
            )}
          </Tag>
        );
      })}
    </div>
  );
});
