/** Those who invite others are told of who has come. */
import { cleanup, render } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { MemberRole } from '../../gql/graphql';
import { type OpenWorkspace, WorkspaceContext } from '../workspace/workspaceContext';
import { useNewcomers, useSeenPeople } from './newcomers';

beforeEach(() => localStorage.clear());
afterEach(cleanup);

function Badge() {
  return <p>{useNewcomers()}</p>;
}

function People() {
  useSeenPeople();
  return null;
}

function page(memberCount: number, atPeople = false, role: MemberRole = 'OWNER') {
  const workspace = { id: 'wks_1', memberCount, me: { role } } as unknown as OpenWorkspace;
  return (
    <WorkspaceContext value={workspace}>
      <Badge />
      {atPeople && <People />}
    </WorkspaceContext>
  );
}

it('counts who came since the list of people was looked at, also while one was away', () => {
  const { container, rerender, unmount } = render(page(1));
  const said = () => container.textContent;
  expect(said()).toBe('0');
  rerender(page(2));
  expect(said()).toBe('1');
  unmount();

  const again = render(page(4));
  expect(again.container.textContent).toBe('3');
  again.rerender(page(4, true));
  expect(again.container.textContent).toBe('0');
  // Somebody left, and another came.
  again.rerender(page(3));
  again.rerender(page(4));
  expect(again.container.textContent).toBe('1');
});

it('tells nobody who cannot invite', () => {
  const { container, rerender } = render(page(1, false, 'MEMBER'));
  rerender(page(2, false, 'MEMBER'));
  expect(container.textContent).toBe('0');
});
