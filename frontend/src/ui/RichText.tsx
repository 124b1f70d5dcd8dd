/** A message with elements inside: the catalog marks the places, `tags` renders them. */
import { Fragment, type ReactNode } from 'react';
import type { MessagePart } from '../paraglide/runtime';

type Tags = Readonly<Record<string, (text: ReactNode) => ReactNode>>;

export interface RichMessage<Inputs> {
  parts(inputs: Inputs): MessagePart[];
}

interface Props<Inputs> {
  message: RichMessage<Inputs>;
  inputs: Inputs;
  /** Renders `{#tag}text{/tag}`, or `{#tag/}` without a text, in addition to `name` and `code`. */
  tags?: Tags;
}

const commonTags: Tags = {
  /** A name may have another direction than the text around it. */
  name: (text) => <bdi>{text}</bdi>,
  code: (text) => <code>{text}</code>,
};

/** The order of the elements is that of the language. A tag that is not rendered leaves its text. */
export function RichText<Inputs>({ message, inputs, tags }: Props<Inputs>) {
  const all: Tags = { ...commonTags, ...tags };
  const open: { name: string; content: ReactNode[] }[] = [{ name: '', content: [] }];
  const append = (node: ReactNode) => open.at(-1)?.content.push(node);
  for (const part of message.parts(inputs)) {
    if (part.type === 'text') append(part.value);
    else if (part.type === 'markup-start') open.push({ name: part.name, content: [] });
    else if (part.type === 'markup-standalone') append(all[part.name]?.(null));
    else {
      const text = keyed(open.pop()?.content ?? []);
      append(all[part.name]?.(text) ?? text);
    }
  }
  return <>{keyed(open[0]?.content ?? [])}</>;
}

function keyed(content: readonly ReactNode[]): ReactNode {
  return content.map((node, at) => <Fragment key={at}>{node}</Fragment>);
}
