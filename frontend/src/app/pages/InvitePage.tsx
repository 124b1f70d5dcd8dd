/** The page of an invite link: a preview of the workspace, and joining with or without an account. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { useReloadViewer, useViewer } from '../../features/account/viewer';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Spinner } from '../../ui/Spinner';
import { EntryFrame } from '../EntryFrame';

const INVITE_PREVIEW = graphql(`
  query InvitePreview($token: String!) {
    invitePreview(token: $token) {
      workspaceName
      workspaceId
      memberCount
      invitedBy
      alreadyMember
    }
  }
`);

const ACCEPT_INVITE = graphql(`
  mutation AcceptInvite($input: AcceptInviteInput!) {
    acceptInvite(input: $input) {
      workspace {
        id
        name
      }
    }
  }
`);

const entryLink =
  'inline-flex h-9 items-center justify-center rounded-lg px-3.5 font-semibold transition-colors';

export function InvitePage({ token, onDone }: { token: string; onDone(id: string): void }) {
  const { viewer } = useViewer();
  const [commandId] = useState(() => mintId('cmd'));
  const preview = useQuery(INVITE_PREVIEW, {
    variables: { token },
    fetchPolicy: 'network-only',
  });
  const reloadViewer = useReloadViewer();
  const client = useApolloClient();
  const join = useAction(async () => {
    const { acceptInvite } = await mutate(client, ACCEPT_INVITE, { token, commandId });
    await reloadViewer();
    onDone(acceptInvite.workspace.id);
  });

  if (preview.error) {
    const failure = failureOf(preview.error);
    const isUnreachable = failure.code === 'NETWORK';
    return (
      <EntryFrame
        title={isUnreachable ? m.page_invite_unreachable_title() : m.page_invite_invalid_title()}
        lead={isUnreachable ? failure.message : m.page_invite_invalid_lead()}
      >
        <Link to="/" className="font-medium text-accent hover:underline">
          {m.page_invite_home()}
        </Link>
      </EntryFrame>
    );
  }
  if (!preview.data || viewer === undefined) return <Spinner />;
  const { workspaceName, workspaceId, memberCount, invitedBy, alreadyMember } =
    preview.data.invitePreview;

  if (viewer && alreadyMember) {
    return (
      <EntryFrame
        title={m.page_invite_member_title({ workspaceName })}
        lead={m.page_invite_member_lead()}
      >
        <Button variant="primary" className="w-full" autoFocus onClick={() => onDone(workspaceId)}>
          {m.page_invite_open({ workspaceName })}
        </Button>
      </EntryFrame>
    );
  }
  return (
    <EntryFrame
      title={m.page_invite_join({ workspaceName })}
      lead={m.page_invite_lead({ count: memberCount, invitedBy })}
    >
      <div className="flex flex-col gap-2.5">
        <FailureNotice failure={join.failure} />
        {!viewer ? (
          <>
            <Link
              to="/register"
              search={{ invite: token }}
              className={`${entryLink} bg-accent text-on-accent hover:bg-accent-hover`}
            >
              {m.page_invite_create_account()}
            </Link>
            <Link
              to="/sign-in"
              search={{ invite: token }}
              className={`${entryLink} border border-line-strong hover:bg-hover`}
            >
              {m.page_invite_sign_in()}
            </Link>
          </>
        ) : (
          <>
            <Button variant="primary" onClick={join.run} disabled={join.isRunning} autoFocus>
              {join.isRunning ? m.page_invite_joining() : m.page_invite_join({ workspaceName })}
            </Button>
            <p className="text-center text-[12.5px] text-faint">
              {m.page_invite_signed_in_as({ email: viewer.account.email })}
            </p>
          </>
        )}
      </div>
    </EntryFrame>
  );
}
