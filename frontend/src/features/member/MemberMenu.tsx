/** Member actions for owners and admins. The server enforces permissions. */

import { useApolloClient } from '@apollo/client/react';
import { Menu } from '@base-ui/react/menu';
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { mintId } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import type { MemberRole } from '../../gql/graphql';
import { IconButton } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { menuItemClass } from '../../ui/menuItemClass';
import { useMe } from '../workspace/workspaceContext';
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
  OWNER: 'Owners can do everything, including removing you. Only an owner can undo this.',
  ADMIN: "Admins can invite and remove people, and delete anyone's messages.",
  MEMBER: "They won't be able to invite or remove people, or delete other people's messages.",
};

export function MemberMenu({ member }: { member: Member }) {
  const me = useMe();
  const client = useApolloClient();
  const target = () => ({ memberId: member.id, commandId: mintId('cmd') });
  const setRole = useAction((role: MemberRole) =>
    mutate(client, SET_MEMBER_ROLE, { ...target(), role }),
  );
  const remove = useAction(async () => {
    await mutate(client, REMOVE_MEMBER, target());
    client.cache.modify({ id: `Member:${member.id}`, fields: { active: () => false } });
  });
  const [confirming, setConfirming] = useState<'remove' | MemberRole | null>(null);
  if (me.role === 'MEMBER' || member.id === me.id) return null;
  return (
    <>
      <FailureNotice failure={setRole.failure ?? remove.failure} />
      <Menu.Root>
        <Menu.Trigger render={<IconButton label={`More actions for ${member.name}`} />}>
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
                  <Menu.Item
                    key={role}
                    className={menuItemClass}
                    onClick={() => setConfirming(role)}
                  >
                    {verb}…
                  </Menu.Item>
                ))}
              <Menu.Separator className="my-1.5 h-px bg-line" />
              <Menu.Item
                className={`${menuItemClass} text-danger`}
                onClick={() => setConfirming('remove')}
              >
                Remove from workspace…
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <ConfirmDialog
        open={confirming !== null && confirming !== 'remove'}
        title={`Make ${member.name} ${confirming === 'MEMBER' ? 'a' : 'an'} ${confirming?.toLowerCase()}?`}
        action="Change role"
        onClose={() => setConfirming(null)}
        onConfirm={() => confirming && confirming !== 'remove' && setRole.run(confirming)}
      >
        {confirming && confirming !== 'remove' && consequences[confirming]}
      </ConfirmDialog>
      <ConfirmDialog
        open={confirming === 'remove'}
        title={`Remove ${member.name} from this workspace?`}
        action="Remove"
        onClose={() => setConfirming(null)}
        onConfirm={remove.run}
      >
        They lose access immediately and leave all channels. Their messages stay. They need a new
        invite to rejoin.
      </ConfirmDialog>
    </>
  );
}
