/** Workspace settings: name, icon, channel mentions and storage. */
import { useApolloClient } from '@apollo/client/react';
import { type FormEvent, useState } from 'react';
import { errorMessageOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import type { ChannelMentions } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';
import { PageFrame } from '../../ui/PageFrame';
import { FileUsage } from '../file/FileUsage';
import { PictureField } from '../file/PictureField';
import { BackLink } from './BackLink';
import { ChannelMentionsForm } from './ChannelMentionsForm';
import { WorkspaceIcon } from './WorkspaceIcon';
import { useWorkspace } from './workspaceContext';

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
  const { id: workspaceId, name, iconUrl, channelMentions, me } = useWorkspace();
  const canChange = me.role !== 'MEMBER';

  /** Resolves to an error message, or null on success. */
  function update(change: Change): Promise<string | null> {
    const input = { workspaceId, commandId: mintId('cmd'), ...change };
    return errorMessageOf(() =>
      client.mutate({ mutation: UPDATE_WORKSPACE, variables: { input } }),
    );
  }

  return (
    <PageFrame title="Workspace settings" back={<BackLink />}>
      {canChange ? (
        <div className="flex flex-col gap-5 rounded-2xl border border-line bg-raised p-4">
          <PictureField
            label="Icon"
            hint="Square images look best."
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
            <p className="text-soft">Only owners and admins can change the name and icon.</p>
          </div>
        </div>
      )}
      <FileUsage />
    </PageFrame>
  );
}

function NameForm({
  name,
  onSave,
}: {
  name: string;
  onSave(name: string): Promise<string | null>;
}) {
  const [written, setWritten] = useState(name);
  const [failure, setFailure] = useState<string | null>(null);
  const [state, setState] = useState<'open' | 'saving' | 'saved'>('open');
  const changed = written.trim() !== name && written.trim() !== '';

  async function submit(event: FormEvent) {
    event.preventDefault();
    setState('saving');
    const failed = await onSave(written.trim());
    setFailure(failed);
    setState(failed ? 'open' : 'saved');
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <Field
        label="Name"
        value={written}
        onChange={(event) => {
          setFailure(null);
          setState('open');
          setWritten(event.target.value);
        }}
        maxLength={80}
        autoComplete="off"
        required
      />
      {failure && <Notice>{failure}</Notice>}
      <div className="flex items-center justify-end gap-3">
        <span role="status" className="text-[13px] text-soft">
          {state === 'saved' && 'Saved.'}
        </span>
        <Button variant="primary" type="submit" disabled={!changed || state === 'saving'}>
          Save
        </Button>
      </div>
    </form>
  );
}
