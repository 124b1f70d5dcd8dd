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
import { m } from '../../paraglide/messages';
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

const roles: { role: MemberRole; verb: () => string }[] = [
  { role: 'OWNER', verb: m.member_menu_make_owner },
  { role: 'ADMIN', verb: m.member_menu_make_admin },
  { role: 'MEMBER', verb: m.member_menu_make_member },
];

const questions: Record<MemberRole, (inputs: { name: string }) => string> = {
  OWNER: m.member_menu_owner_question,
  ADMIN: m.member_menu_admin_question,
  MEMBER: m.member_menu_member_question,
};

const consequences: Record<MemberRole, () => string> = {
  OWNER: m.member_menu_owner_consequence,
  ADMIN: m.member_menu_admin_consequence,
  MEMBER: m.member_menu_member_consequence,
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
  const newRole = confirming === 'remove' ? null : confirming;
  if (me.role === 'MEMBER' || member.id === me.id) return null;
  return (
    <>
      <FailureNotice failure={setRole.failure ?? remove.failure} />
      <Menu.Root>
        <Menu.Trigger render={<IconButton label={m.member_menu_label({ name: member.name })} />}>
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
                    {verb()}
                  </Menu.Item>
                ))}
              <Menu.Separator className="my-1.5 h-px bg-line" />
              <Menu.Item
                className={`${menuItemClass} text-danger`}
                onClick={() => setConfirming('remove')}
              >
                {m.member_menu_remove_item()}
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <ConfirmDialog
        open={newRole !== null}
        title={newRole ? questions[newRole]({ name: member.name }) : ''}
        action={m.member_menu_change_role()}
        onClose={() => setConfirming(null)}
        onConfirm={() => newRole && setRole.run(newRole)}
      >
        {newRole && consequences[newRole]()}
      </ConfirmDialog>
      <ConfirmDialog
        open={confirming === 'remove'}
        title={m.member_menu_remove_question({ name: member.name })}
        action={m.ui_remove()}
        onClose={() => setConfirming(null)}
        onConfirm={remove.run}
      >
        {m.member_menu_remove_consequence()}
      </ConfirmDialog>
    </>
  );
}
