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
        title={isUnreachable ? "Can't load this invite" : 'This invite link is no longer valid'}
        lead={
          isUnreachable
            ? failure.message
            : 'It may have expired, reached its limit or been revoked. Ask for a new one.'
        }
      >
        <Link to="/" className="font-medium text-accent hover:underline">
          Go to Confab
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
        title={`You're already a member of ${workspaceName}`}
        lead="You don't need this invite."
      >
        <Button variant="primary" className="w-full" autoFocus onClick={() => onDone(workspaceId)}>
          Open {workspaceName}
        </Button>
      </EntryFrame>
    );
  }
  return (
    <EntryFrame
      title={`Join ${workspaceName}`}
      lead={`${invitedBy} invited you. ${memberCount === 1 ? '1 member' : `${memberCount} members`}.`}
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
              Create an account
            </Link>
            <Link
              to="/sign-in"
              search={{ invite: token }}
              className={`${entryLink} border border-line-strong hover:bg-hover`}
            >
              Sign in
            </Link>
          </>
        ) : (
          <>
            <Button variant="primary" onClick={join.run} disabled={join.isRunning} autoFocus>
              {join.isRunning ? 'Joining…' : `Join ${workspaceName}`}
            </Button>
            <p className="text-center text-[12.5px] text-faint">
              You're signed in as {viewer.account.email}.
            </p>
          </>
        )}
      </div>
    </EntryFrame>
  );
}
