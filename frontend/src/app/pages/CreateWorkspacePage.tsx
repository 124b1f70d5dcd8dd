/** The form that creates a workspace. */
import { useApolloClient } from '@apollo/client/react';
import { useState } from 'react';
import { ActionForm } from '../../apollo/ActionForm';
import { mintId } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { useReloadViewer } from '../../features/account/viewer';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
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
  return (
    <EntryFrame title={m.page_create_workspace_title()} lead={m.page_create_workspace_lead()}>
      <ActionForm
        fields={[
          {
            label: m.page_create_workspace_name(),
            name: 'name',
            placeholder: m.page_create_workspace_name_example(),
            maxCharacters: 80,
            autoFocus: true,
            required: true,
          },
        ]}
        work={async ({ name = '' }) => {
          const { createWorkspace } = await mutate(client, CREATE_WORKSPACE, {
            id,
            name: name.trim(),
          });
          await reloadViewer();
          onDone(createWorkspace.workspace.id);
        }}
        buttons={({ isRunning }) => (
          <Button variant="primary" type="submit" disabled={isRunning}>
            {isRunning ? m.page_create_workspace_creating() : m.page_create_workspace_submit()}
          </Button>
        )}
      />
    </EntryFrame>
  );
}
