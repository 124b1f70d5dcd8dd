/** Editing preserves whom mentions refer to, even after handles changed owners. */
import { fireEvent, render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { createCache } from '../../apollo/cache';
import { writeMember } from '../member/memberCache';
import { memberId, memberWith } from '../member/memberFixture';
import { messageWith } from '../message/messageFixture';
import { inWorkspace } from '../workspace/workspaceFixture';
import { MessageEditor } from './MessageEditor';

const [formerBen, cy] = [memberId('b'), memberId('c')];

/** Cy took the handle of Ben, who left. `met` is the order in which they were cached. */
function open(text: string, met: readonly string[]): string[] {
  const saved: string[] = [];
  const cache = createCache();
  for (const id of met) {
    writeMember(cache, memberWith({ id, handle: 'ben', active: id === cy }));
  }
  render(
    <MessageEditor
      message={messageWith({ seq: 1, text })}
      onSave={(now) => saved.push(now)}
      onCancel={() => {}}
    />,
    inWorkspace({ cache }),
  );
  return saved;
}

const field = () => screen.getByLabelText<HTMLTextAreaElement>('Edit message');

const orders = [
  [formerBen, cy],
  [cy, formerBen],
];

it.each(orders)('keeps the mentioned member when text is added (%s first)', (...met) => {
  const saved = open(`Ask <@${formerBen}> about it`, met);
  expect(field().value).toBe('Ask @ben about it');
  fireEvent.change(field(), { target: { value: 'Ask @ben about it!' } });
  fireEvent.keyDown(field(), { key: 'Enter' });
  expect(saved).toEqual([`Ask <@${formerBen}> about it!`]);
});

it.each(orders)(
  'keeps the mentioned member when the mention is deleted and retyped (%s first)',
  (...met) => {
    const saved = open(`Ask <@${formerBen}>`, met);
    fireEvent.change(field(), { target: { value: 'Ask' } });
    fireEvent.change(field(), { target: { value: 'Ask @ben' } });
    fireEvent.keyDown(field(), { key: 'Enter' });
    expect(saved).toEqual([`Ask <@${formerBen}>`]);
  },
);

it('saves an unchanged text verbatim', () => {
  const text = `    code\r\n<@${cy}>s, @ben and <@${formerBen}>_x  `;
  const saved = open(text, [cy, formerBen]);
  fireEvent.keyDown(field(), { key: 'Enter' });
  expect(saved).toEqual([text]);
});
