/** Mentioned members outside the channel can be added from the note. */
import type { ApolloLink } from '@apollo/client';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import { of } from 'rxjs';
import { expect, it } from 'vitest';
import { memberId, memberWith } from '../member/memberFixture';
import { inWorkspace } from '../workspace/workspaceFixture';
import { NonMembersNote } from './NonMembersNote';

const [me, ben, cy] = [memberId('a'), memberId('b'), memberId('c')];

/** Renders the note in a channel whose only member is the viewer. */
function open(texts: string[], kind: 'PUBLIC' | 'DIRECT' = 'PUBLIC') {
  const inside = new Set([me]);
  const people = [memberWith({ id: ben, name: 'Ben' }), memberWith({ id: cy, name: 'Cy' })];
  const respond: ApolloLink.RequestHandler = ({ operationName, variables }) => {
    if (operationName === 'AddToChannel') {
      for (const id of variables.input.memberIds) inside.add(id);
      return of({ data: { addToChannel: { __typename: 'AddToChannelPayload', seq: 9 } } });
    }
    const asked = people.filter(({ id }) => variables.ids.includes(id));
    const membersAmong = asked.filter(({ id }) => inside.has(id));
    const channel = { __typename: 'Channel', id: variables.channelId, membersAmong };
    return of({ data: { channel, members: asked } });
  };
  render(
    <NonMembersNote channelId="chn_1" texts={texts} />,
    inWorkspace({ me: { id: me }, channels: [{ id: 'chn_1', kind }], respond }),
  );
  return inside;
}

const note = () => screen.findByRole('status');

it('names members outside the channel and adds them', async () => {
  const inside = open([`<@${ben}> and <@${me}>`, `\`<@${cy}>\``]);
  expect((await note()).textContent).toContain('Ben is not in this channel');
  fireEvent.click(screen.getByRole('button', { name: 'Add Ben' }));
  await waitFor(() => expect(screen.queryByRole('status')).toBeNull());
  expect([...inside]).toEqual([me, ben]);
});

it('names several members and can be dismissed', async () => {
  open([`<@${ben}>`, `<@${cy}>`]);
  expect((await note()).textContent).toContain('Ben and Cy are not in this channel');
  screen.getByRole('button', { name: 'Add them' });
  fireEvent.click(screen.getByRole('button', { name: 'Dismiss' }));
  expect(screen.queryByRole('status')).toBeNull();
});

it('offers no button in a conversation, whose members never change', async () => {
  open([`<@${ben}>`], 'DIRECT');
  expect((await note()).textContent).toContain('Ben is not in this conversation');
  expect(screen.queryByRole('button', { name: /^Add/ })).toBeNull();
});
