/** Workspace settings: name, icon, channel mentions and storage. */
import { useApolloClient } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { command } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { FileUsage } from '../../features/file/FileUsage';
import { PictureField } from '../../features/file/PictureField';
import { BackLink } from '../../features/workspace/BackLink';
import { ChannelMentionsForm } from '../../features/workspace/ChannelMentionsForm';
import { WorkspaceIcon } from '../../features/workspace/WorkspaceIcon';
import { useBoot, useMe, useWorkspace } from '../../features/workspace/workspaceContext';
import { graphql } from '../../gql';
import type { ChannelMentions } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { PageFrame } from '../../ui/PageFrame';

const UPDATE_WORKSPACE = graphql(`
  mutation UpdateWorkspace($input: UpdateWorkspaceInput!) {
    updateWorkspace(input: $input) {
      workspace {
        id
        name
        iconUrl
        channelMentions
      }
    }
  }
`);

interface Change {
  name?: string;
  iconId?: string;
  removeIcon?: boolean;
  channelMentions?: ChannelMentions;
}

export function WorkspaceSettingsPage() {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const { name, iconUrl, channelMentions } = useBoot(({ workspace }) => workspace);
  const canChange = me.role !== 'MEMBER';

  const update = (change: Change) => command(client, UPDATE_WORKSPACE, { workspaceId, ...change });

  return (
    <PageFrame title={m.page_workspace_settings_title()} back={<BackLink />}>
      {canChange ? (
        <div className="flex flex-col gap-5 rounded-2xl border border-line bg-raised p-4">
          <PictureField
            label={m.page_workspace_settings_icon()}
            subject={m.page_workspace_settings_icon_subject()}
            hint={m.page_workspace_settings_icon_hint()}
            place="workspace icon"
            shown={<WorkspaceIcon url={iconUrl} size={56} />}
            hasPicture={iconUrl !== null}
            onUploaded={(iconId) => update({ iconId })}
            onRemove={() => update({ removeIcon: true })}
          />
          <NameForm name={name} onSave={(name) => update({ name })} />
          <ChannelMentionsForm
            who={channelMentions}
            onSave={(channelMentions) => update({ channelMentions })}
          />
        </div>
      ) : (
        <div className="flex items-center gap-3 rounded-2xl border border-line bg-raised p-4">
          <WorkspaceIcon url={iconUrl} size={44} />
          <div className="min-w-0">
            <p className="truncate font-semibold">{name}</p>
            <p className="text-soft">{m.page_workspace_settings_not_allowed()}</p>
          </div>
        </div>
      )}
      <FileUsage />
    </PageFrame>
  );
}

function NameForm({ name, onSave }: { name: string; onSave(name: string): Promise<unknown> }) {
  const [written, setWritten] = useState(name);
  const save = useAction(onSave);
  const changed = written.trim() !== name && written.trim() !== '';

  function submit(event: FormEvent) {
    event.preventDefault();
    save.run(written.trim());
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field
        label={m.ui_name()}
        value={written}
        onChange={(event) => {
          save.reset();
          setWritten(event.target.value);
        }}
        maxCharacters={80}
        autoComplete="off"
        required
      />
      <FailureNotice failure={save.failure} />
      <div className="flex items-center justify-end gap-3">
        <span role="status" className="text-[13px] text-soft">
          {save.isDone && m.ui_saved()}
        </span>
        <Button variant="primary" type="submit" disabled={!changed || save.isRunning}>
          {m.ui_save()}
        </Button>
      </div>
    </form>
  );
}
