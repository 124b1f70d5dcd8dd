/** Member actions for owners and admins. The server enforces permissions. */
import { useApolloClient } from '@apollo/client/react';
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { command } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import type { MemberRole } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { MenuItem, MenuSeparator, MoreMenu } from '../../ui/Menu';
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

const roles: readonly MemberRole[] = ['OWNER', 'ADMIN', 'MEMBER'];

const texts = {
  OWNER: {
    verb: m.member_menu_make_owner,
    question: m.member_menu_owner_question,
    consequence: m.member_menu_owner_consequence,
  },
  ADMIN: {
    verb: m.member_menu_make_admin,
    question: m.member_menu_admin_question,
    consequence: m.member_menu_admin_consequence,
  },
  MEMBER: {
    verb: m.member_menu_make_member,
    question: m.member_menu_member_question,
    consequence: m.member_menu_member_consequence,
  },
};

export function MemberMenu({ member }: { member: Member }) {
  const me = useMe();
  const client = useApolloClient();
  const setRole = useAction((role: MemberRole) =>
    command(client, SET_MEMBER_ROLE, { memberId: member.id, role }),
  );
  const remove = useAction(async () => {
    await command(client, REMOVE_MEMBER, { memberId: member.id });
    client.cache.modify({ id: `Member:${member.id}`, fields: { active: () => false } });
  });
  const [confirming, setConfirming] = useState<'remove' | MemberRole | null>(null);
  const newRole = confirming === 'remove' ? null : confirming;
  if (me.role === 'MEMBER' || member.id === me.id) return null;
  return (
    <>
      <FailureNotice failure={setRole.failure ?? remove.failure} />
      <MoreMenu label={m.member_menu_label({ name: member.name })} width="w-52">
        {roles
          .filter((role) => role !== member.role && (role !== 'OWNER' || me.role === 'OWNER'))
          .map((role) => (
            <MenuItem key={role} onClick={() => setConfirming(role)}>
              {texts[role].verb()}
            </MenuItem>
          ))}
        <MenuSeparator />
        <MenuItem className="text-danger" onClick={() => setConfirming('remove')}>
          {m.member_menu_remove_item()}
        </MenuItem>
      </MoreMenu>
      <ConfirmDialog
        open={newRole !== null}
        title={newRole ? texts[newRole].question({ name: member.name }) : ''}
        action={m.member_menu_change_role()}
        onClose={() => setConfirming(null)}
        onConfirm={() => newRole && setRole.run(newRole)}
      >
        {newRole && texts[newRole].consequence()}
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
