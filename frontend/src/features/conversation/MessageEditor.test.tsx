/** Editing preserves whom mentions refer to, even after handles changed owners. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { EMPTY } from 'rxjs';
import { afterEach, expect, it } from 'vitest';
import { createCache } from '../../apollo/cache';
import { writeMember } from '../member/memberCache';
import type { Message } from '../message/message';
import { WorkspaceContext } from '../workspace/workspaceContext';
import { workspaceWith } from '../workspace/workspaceFixture';
import { MessageEditor } from './MessageEditor';

const formerBen = 'mem_01h455vb4pex5vsknk084sn02q01h455vb4pex5vsknk084sn027';
const cy = 'mem_01h455vb4pex5vsknk084sn02q01h455vb4pex5vsknk084sn028';

/** Cy took the handle of Ben, who left. `met` is the order in which they were cached. */
function open(text: string, met: readonly string[]): string[] {
  const saved: string[] = [];
  const cache = createCache();
  for (const id of met) {
    const active = id === cy;
    writeMember(cache, {
      ...{ __typename: 'Member', id, handle: 'ben', name: active ? 'Cy' : 'Ben' },
      ...{ role: 'MEMBER', active, joinedAt: '', avatarUrl: null },
    });
  }
  const client = new ApolloClient({ cache, link: new ApolloLink(() => EMPTY) });
  render(
    <ApolloProvider client={client}>
      <WorkspaceContext value={workspaceWith()}>
        <MessageEditor
          message={{ text, files: [] } as unknown as Message}
          onSave={(now) => saved.push(now)}
          onCancel={() => {}}
        />
      </WorkspaceContext>
    </ApolloProvider>,
  );
  return saved;
}

afterEach(cleanup);

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
