/** The viewer's profile in a workspace, and leaving the workspace. */
import { useApolloClient } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ActionDialog } from '../../apollo/ActionDialog';
import { FailureNotice } from '../../apollo/FailureNotice';
import { errorAt } from '../../apollo/failure';
import { command } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { useReloadViewer } from '../../features/account/viewer';
import { PictureField } from '../../features/file/PictureField';
import { PresentAvatar } from '../../features/presence/PresentAvatar';
import { BackLink } from '../../features/workspace/BackLink';
import { forgetWorkspace } from '../../features/workspace/lastWorkspace';
import { useBoot, useMe, useWorkspace } from '../../features/workspace/workspaceContext';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { PageFrame } from '../../ui/PageFrame';
import { RichText } from '../../ui/RichText';

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

interface Change {
  name?: string;
  handle?: string;
  avatarId?: string;
  removeAvatar?: boolean;
}

export function ProfilePage() {
  const name = useBoot(({ workspace }) => workspace.name);
  return (
    <PageFrame title={m.page_profile_title()} back={<BackLink />}>
      <ProfileForm />
      <section aria-labelledby="leave" className="mt-8">
        <h2 id="leave" className="font-semibold">
          <RichText message={m.page_profile_leave_title} inputs={{ name }} />
        </h2>
        <p className="mt-0.5 text-soft">{m.page_profile_leave_hint()}</p>
        <LeaveWorkspace />
      </section>
    </PageFrame>
  );
}

function ProfileForm() {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const workspaceName = useBoot(({ workspace }) => workspace.name);
  const client = useApolloClient();
  const [name, setName] = useState(me.name);
  const [handle, setHandle] = useState(me.handle);
  const update = (change: Change) => command(client, UPDATE_MEMBER, { workspaceId, ...change });
  const save = useAction(async () => {
    const { updateMember } = await update({
      ...(name.trim() !== me.name && { name: name.trim() }),
      ...(handle !== me.handle && { handle }),
    });
    setName(updateMember.member.name);
    setHandle(updateMember.member.handle);
  });
  const changed = name.trim() !== me.name || handle !== me.handle;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    save.run();
  }

  return (
    <form
      onSubmit={submit}
      onChange={save.reset}
      className="flex flex-col gap-4 rounded-2xl border border-line bg-raised p-4"
    >
      <p className="text-soft">{m.page_profile_intro({ workspaceName })}</p>
      <PictureField
        label={m.page_profile_photo()}
        subject={m.page_profile_photo_subject()}
        hint={m.page_profile_photo_hint()}
        place="avatar"
        shown={
          <PresentAvatar id={me.id} name={name.trim() || me.name} url={me.avatarUrl} size={56} />
        }
        hasPicture={me.avatarUrl !== null}
        onUploaded={(avatarId) => update({ avatarId })}
        onRemove={() => update({ removeAvatar: true })}
      />
      <Field
        label={m.ui_name()}
        value={name}
        onChange={(event) => setName(event.target.value)}
        maxCharacters={80}
        autoComplete="name"
        required
        error={errorAt(save.failure, 'name')}
      />
      <Field
        label={m.page_profile_handle()}
        value={handle}
        onChange={(event) => setHandle(event.target.value.trim().replace(/^@/, ''))}
        maxCharacters={32}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        hint={m.page_profile_handle_hint()}
        error={errorAt(save.failure, 'handle')}
      />
      <FailureNotice failure={save.failure} fields={['name', 'handle']} />
      <div className="flex items-center justify-end gap-3">
        <span role="status" className="text-[13px] text-soft">
          {save.isDone && !changed && m.ui_saved()}
        </span>
        <Button variant="primary" type="submit" disabled={save.isRunning || !changed}>
          {m.ui_save()}
        </Button>
      </div>
    </form>
  );
}

function LeaveWorkspace() {
  const { id: workspaceId } = useWorkspace();
  const name = useBoot(({ workspace }) => workspace.name);
  const navigate = useNavigate();
  const reloadViewer = useReloadViewer();
  const [confirming, setConfirming] = useState(false);
  const client = useApolloClient();
  return (
    <>
      <Button variant="danger" className="mt-3" onClick={() => setConfirming(true)}>
        {m.page_profile_leave_button()}
      </Button>
      <ActionDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        title={m.page_profile_leave({ name })}
        verb={m.page_profile_leave_action()}
        work={async () => {
          await command(client, LEAVE_WORKSPACE, { workspaceId });
          forgetWorkspace();
          await reloadViewer();
          await navigate({ to: '/' });
        }}
      >
        <RichText message={m.page_profile_leave_access} inputs={{ name }} />
      </ActionDialog>
    </>
  );
}
