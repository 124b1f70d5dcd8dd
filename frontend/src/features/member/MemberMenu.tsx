/** What owners and admins can do with a member. The server decides who may; it says so in words. */

import { useMutation } from '@apollo/client/react';
import { Menu } from '@base-ui/react/menu';
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import type { MemberRole } from '../../gql/graphql';
import { IconButton } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { menuItem } from '../../ui/menuItem';
import { useWorkspace } from '../workspace/workspaceContext';
import type { Member } from './member';

const SET_MEMBER_ROLE = graphql(`
  mutation SetMemberRole($input: SetMemberRoleInput!) {
    setMemberRole(input: $input) {
      member {
        ...Member
      }
    }
  }
`);

const REMOVE_MEMBER = graphql(`
  mutation RemoveMember($input: RemoveMemberInput!) {
    removeMember(input: $input) {
      memberId
    }
  }
`);

const roles: { role: MemberRole; verb: string }[] = [
  { role: 'OWNER', verb: 'Make an owner' },
  { role: 'ADMIN', verb: 'Make an admin' },
  { role: 'MEMBER', verb: 'Make a member' },
];

const consequences: Record<MemberRole, string> = {
  OWNER: 'Owners can do everything here, including removing you. Only an owner can take this back.',
  ADMIN: 'Admins can invite and remove people, and delete messages of others.',
  MEMBER: 'They can no longer invite or remove people, nor delete messages of others.',
};

export function MemberMenu({ member }: { member: Member }) {
  const { id: workspaceId, me } = useWorkspace();
  const [setRole, roleChange] = useMutation(SET_MEMBER_ROLE);
  const [remove, removal] = useMutation(REMOVE_MEMBER, {
    update: (cache) => {
      cache.modify({ id: `Member:${member.id}`, fields: { active: () => false } });
    },
  });
  const [asking, setAsking] = useState<'remove' | MemberRole | null>(null);
  const error = roleChange.error ?? removal.error;
  if (me.role === 'MEMBER' || member.id === me.id) return null;
  const input = { workspaceId, memberId: member.id };
  function change(role: MemberRole) {
    setRole({ variables: { input: { ...input, commandId: mintId('cmd'), role } } }).catch(() => {});
  }
  function removeNow() {
    remove({ variables: { input: { ...input, commandId: mintId('cmd') } } }).catch(() => {});
  }
  return (
    <>
      {error && <span className="text-[12.5px] text-danger">{failureOf(error).message}</span>}
      <Menu.Root>
        <Menu.Trigger render={<IconButton label={`More about ${member.name}`} />}>
          <Ellipsis size={16} />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner align="end" sideOffset={4} className="z-30">
            <Menu.Popup className="w-52 rounded-xl border border-line bg-raised p-1.5 shadow-pop outline-none">
              {roles
                .filter(
                  ({ role }) => role !== member.role && (role !== 'OWNER' || me.role === 'OWNER'),
                )
                .map(({ role, verb }) => (
                  <Menu.Item key={role} className={menuItem} onClick={() => setAsking(role)}>
                    {verb}…
                  </Menu.Item>
                ))}
              <Menu.Separator className="my-1.5 h-px bg-line" />
              <Menu.Item className={`${menuItem} text-danger`} onClick={() => setAsking('remove')}>
                Remove from workspace…
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <ConfirmDialog
        open={asking !== null && asking !== 'remove'}
        title={`Make ${member.name} ${asking === 'MEMBER' ? 'a' : 'an'} ${asking?.toLowerCase()}?`}
        action="Change role"
        onClose={() => setAsking(null)}
        onConfirm={() => asking && asking !== 'remove' && change(asking)}
      >
        {asking && asking !== 'remove' && consequences[asking]}
      </ConfirmDialog>
      <ConfirmDialog
        open={asking === 'remove'}
        title={`Remove ${member.name} from this workspace?`}
        action="Remove"
        onClose={() => setAsking(null)}
        onConfirm={removeNow}
      >
        They are signed out of it at once and leave all its channels. What they wrote stays. To come
        back they need a new invite.
      </ConfirmDialog>
    </>
  );
}
