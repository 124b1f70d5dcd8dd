/** Owners and admins see a badge for new members. */
import { render } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { MemberRole } from '../../gql/graphql';
import { WorkspaceContext } from '../workspace/workspaceContext';
import { workspaceWith } from '../workspace/workspaceFixture';
import { useMarkMembersSeen, useNewMemberCount } from './newMembers';

function Badge() {
  return <p>{useNewMemberCount()}</p>;
}

function People() {
  useMarkMembersSeen();
  return null;
}

function page(memberCount: number, atPeople = false, role: MemberRole = 'OWNER') {
  return (
    <WorkspaceContext value={workspaceWith({ workspace: { memberCount }, me: { role } })}>
      <Badge />
      {atPeople && <People />}
    </WorkspaceContext>
  );
}

it('counts members since the People page was last open, including while offline', () => {
  const { container, rerender, unmount } = render(page(1));
  const badge = () => container.textContent;
  expect(badge()).toBe('0');
  rerender(page(2));
  expect(badge()).toBe('1');
  unmount();

  const again = render(page(4));
  expect(again.container.textContent).toBe('3');
  again.rerender(page(4, true));
  expect(again.container.textContent).toBe('0');
  // One member left and another joined.
  again.rerender(page(3));
  again.rerender(page(4));
  expect(again.container.textContent).toBe('1');
});

it('shows nothing to regular members', () => {
  const { container, rerender } = render(page(1, false, 'MEMBER'));
  rerender(page(2, false, 'MEMBER'));
  expect(container.textContent).toBe('0');
});
