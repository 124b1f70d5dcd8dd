/** Revoking an invite link requires confirmation. */
import type { ApolloLink } from '@apollo/client';
import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { of } from 'rxjs';
import { expect, it } from 'vitest';
import { inWorkspace } from '../workspace/workspaceFixture';
import { InvitePeople } from './InvitePeople';

/** Renders with two invite links. Returns the ids of revoked links. */
function open(): string[] {
  const revoked: string[] = [];
  const respond: ApolloLink.RequestHandler = ({ operationName, variables }) => {
    if (operationName === 'RevokeInvite') {
      revoked.push(variables.input.inviteId);
      const revokeInvite = { __typename: 'RevokeInvitePayload', inviteId: revoked[0] };
      return of({ data: { revokeInvite } });
    }
    const invites = ['inv_1', 'inv_2']
      .filter((id) => !revoked.includes(id))
      .map((id) => ({
        ...{ __typename: 'Invite', id, expiresAt: null, maxUses: null, uses: 0 },
        createdBy: { __typename: 'Member', id: 'mem_ann', name: 'Ann' },
      }));
    return of({ data: { workspace: { __typename: 'Workspace', id: 'wks_1', invites } } });
  };
  render(<InvitePeople />, inWorkspace({ me: { id: 'mem_ann', role: 'OWNER' }, respond }));
  return revoked;
}

const openRevokeDialog = async () => {
  fireEvent.click((await screen.findAllByRole('button', { name: 'Revoke' }))[0] as HTMLElement);
  return within(await screen.findByRole('dialog', { name: 'Revoke the invite link by Ann?' }));
};

it('revokes the link after confirmation', async () => {
  const revoked = open();
  fireEvent.click((await openRevokeDialog()).getByRole('button', { name: 'Revoke' }));
  await waitFor(() => expect(revoked).toEqual(['inv_1']));
  await waitFor(() => expect(screen.getAllByText(/^Invite link by/)).toHaveLength(1));
});

it('keeps the link on cancel', async () => {
  const revoked = open();
  fireEvent.click((await openRevokeDialog()).getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(revoked).toEqual([]);
  expect(screen.getAllByText(/^Invite link by/)).toHaveLength(2);
});
