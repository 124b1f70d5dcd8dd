/** The form that creates a workspace. */
import { useApolloClient } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { errorAt } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { useReloadViewer } from '../../features/account/viewer';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { EntryFrame } from '../EntryFrame';

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
  const client = useApolloClient();
  const create = useAction(async (name: string) => {
    const { createWorkspace } = await mutate(client, CREATE_WORKSPACE, { id, name });
    await reloadViewer();
    onDone(createWorkspace.workspace.id);
  });

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    create.run(String(new FormData(event.currentTarget).get('name')).trim());
  }

  return (
    <EntryFrame title={m.page_create_workspace_title()} lead={m.page_create_workspace_lead()}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label={m.page_create_workspace_name()}
          name="name"
          placeholder={m.page_create_workspace_name_example()}
          maxLength={100}
          autoFocus
          required
          error={errorAt(create.failure, 'name')}
        />
        <FailureNotice failure={create.failure} fields={['name']} />
        <Button variant="primary" type="submit" disabled={create.isRunning}>
          {create.isRunning ? m.page_create_workspace_creating() : m.page_create_workspace_submit()}
        </Button>
      </form>
    </EntryFrame>
  );
}
