/** The form that creates a workspace. */
import { useMutation } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { EntryPage } from '../account/EntryPage';
import { useReloadViewer } from '../account/viewer';

const CREATE_WORKSPACE = graphql(`
  mutation CreateWorkspace($input: CreateWorkspaceInput!) {
    createWorkspace(input: $input) {
      workspace {
        id
        name
      }
    }
  }
`);

export function CreateWorkspacePage({ onDone }: { onDone(workspaceId: string): void }) {
  // Generated once, so that a retry after a lost response does not create a second workspace.
  const [id] = useState(() => mintId('wks'));
  const reloadViewer = useReloadViewer();
  const [create, { loading, error }] = useMutation(CREATE_WORKSPACE);
  const failure = error && failureOf(error);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    const { data } = await create({ variables: { input: { id, name } } }).catch(() => ({
      data: undefined,
    }));
    if (!data) return;
    await reloadViewer();
    onDone(data.createWorkspace.workspace.id);
  }

  return (
    <EntryPage
      title="Name your workspace"
      lead="A workspace is where your team works together. Most companies need only one."
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label="Workspace name"
          name="name"
          placeholder="Acme"
          maxLength={100}
          autoFocus
          required
          error={failure?.field === 'name' ? failure.message : undefined}
        />
        {failure && failure.field !== 'name' && <Notice>{failure.message}</Notice>}
        <Button variant="primary" type="submit" disabled={loading}>
          {loading ? 'Creating…' : 'Create workspace'}
        </Button>
      </form>
    </EntryPage>
  );
}
