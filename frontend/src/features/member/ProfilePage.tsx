/** The viewer's profile in a workspace, and leaving the workspace. */
import { useApolloClient, useMutation } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { errorMessageOf, failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { PageFrame } from '../../ui/PageFrame';
import { useReloadViewer } from '../account/viewer';
import { PictureField } from '../file/PictureField';
import { PresentAvatar } from '../presence/PresentAvatar';
import { BackLink } from '../workspace/BackLink';
import { forgetWorkspace } from '../workspace/lastWorkspace';
import { useWorkspace } from '../workspace/workspaceContext';

const UPDATE_MEMBER = graphql(`
  mutation UpdateMember($input: UpdateMemberInput!) {
    updateMember(input: $input) {
      member {
        ...Member
      }
    }
  }
`);

const LEAVE_WORKSPACE = graphql(`
  mutation LeaveWorkspace($input: LeaveWorkspaceInput!) {
    leaveWorkspace(input: $input) {
      workspaceId
    }
  }
`);

export function ProfilePage() {
  const { name } = useWorkspace();
  return (
    <PageFrame title="Your profile" back={<BackLink />}>
      <ProfileForm />
      <section aria-labelledby="leave" className="mt-8">
        <h2 id="leave" className="font-semibold">
          Leave <bdi>{name}</bdi>
        </h2>
        <p className="mt-0.5 text-soft">
          Your messages stay. You need a new invite link to rejoin.
        </p>
        <LeaveWorkspace />
      </section>
    </PageFrame>
  );
}

function ProfileForm() {
  const { id: workspaceId, name: workspaceName, me } = useWorkspace();
  const client = useApolloClient();
  const [name, setName] = useState(me.name);
  const [handle, setHandle] = useState(me.handle);
  const [update, { data, loading, error, reset }] = useMutation(UPDATE_MEMBER);
  const failure = error && failureOf(error);
  const ofHandle = failure?.field === 'handle' || failure?.code === 'CONFLICT';
  const ofName = failure?.field === 'name';
  const changed = name.trim() !== me.name || handle !== me.handle;

  /** Resolves to an error message, or null on success. */
  function updatePicture(change: { avatarId?: string; removeAvatar?: boolean }) {
    const input = { workspaceId, commandId: mintId('cmd'), ...change };
    return errorMessageOf(() => client.mutate({ mutation: UPDATE_MEMBER, variables: { input } }));
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const input = {
      workspaceId,
      commandId: mintId('cmd'),
      ...(name.trim() !== me.name && { name: name.trim() }),
      ...(handle !== me.handle && { handle }),
    };
    const { data } = await update({ variables: { input } }).catch(() => ({ data: undefined }));
    if (!data) return;
    setName(data.updateMember.member.name);
    setHandle(data.updateMember.member.handle);
  }

  return (
    <form
      onSubmit={submit}
      onChange={() => reset()}
      className="flex flex-col gap-4 rounded-2xl border border-line bg-raised p-4"
    >
      <p className="text-soft">
        This is how others see you in {workspaceName}. Other workspaces aren't affected.
      </p>
      <PictureField
        label="Profile photo"
        hint="Square images look best."
        place="avatar"
        shown={
          <PresentAvatar id={me.id} name={name.trim() || me.name} url={me.avatarUrl} size={56} />
        }
        hasPicture={me.avatarUrl !== null}
        onUploaded={(avatarId) => updatePicture({ avatarId })}
        onRemove={() => updatePicture({ removeAvatar: true })}
      />
      <Field
        label="Name"
        value={name}
        onChange={(event) => setName(event.target.value)}
        maxLength={80}
        autoComplete="name"
        required
        error={ofName ? failure.message : undefined}
      />
      <Field
        label="Handle"
        value={handle}
        onChange={(event) => setHandle(event.target.value.trim().replace(/^@/, ''))}
        maxLength={32}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        hint="People mention you with this. Existing mentions update."
        error={ofHandle ? failure.message : undefined}
      />
      {failure && !ofHandle && !ofName && <Notice>{failure.message}</Notice>}
      <div className="flex items-center justify-end gap-3">
        <span role="status" className="text-[13px] text-soft">
          {data && !changed && 'Saved.'}
        </span>
        <Button variant="primary" type="submit" disabled={loading || !changed}>
          Save
        </Button>
      </div>
    </form>
  );
}

function LeaveWorkspace() {
  const { id: workspaceId, name } = useWorkspace();
  const navigate = useNavigate();
  const reloadViewer = useReloadViewer();
  const [confirming, setConfirming] = useState(false);
  const [leave, { loading, error, reset }] = useMutation(LEAVE_WORKSPACE);
  const close = () => {
    setConfirming(false);
    reset();
  };

  async function confirm() {
    const input = { workspaceId, commandId: mintId('cmd') };
    const { data } = await leave({ variables: { input } }).catch(() => ({ data: undefined }));
    if (!data) return;
    forgetWorkspace();
    await reloadViewer();
    await navigate({ to: '/' });
  }

  return (
    <>
      <Button variant="danger" className="mt-3" onClick={() => setConfirming(true)}>
        Leave workspace
      </Button>
      <Dialog open={confirming} onClose={close} title={`Leave ${name}?`}>
        <div className="flex flex-col gap-4">
          <p className="text-soft">
            You'll lose access to <bdi>{name}</bdi>. Your messages stay.
          </p>
          {error && <Notice>{failureOf(error).message}</Notice>}
          <div className="flex justify-end gap-2">
            <Button onClick={close}>Cancel</Button>
            <Button variant="danger" disabled={loading} onClick={confirm}>
              Leave
            </Button>
          </div>
        </div>
      </Dialog>
    </>
  );
}
