/** The dialog that creates a public or private channel. */
import { useApolloClient } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { errorAt } from '../../apollo/failure';
import { mintIdIn } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { setChannelListed } from '../workspace/workspaceCache';
import { useWorkspace } from '../workspace/workspaceContext';

const CREATE_CHANNEL = graphql(`
  mutation CreateChannel($input: CreateChannelInput!) {
    createChannel(input: $input) {
      channel {
        ...Channel
        ...ChannelReadState
      }
    }
  }
`);

interface Props {
  open: boolean;
  onClose(): void;
}

export function CreateChannelDialog({ open, onClose }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title="Create a channel">
      <CreateChannelForm onClose={onClose} />
    </Dialog>
  );
}

function CreateChannelForm({ onClose }: { onClose(): void }) {
  const { id: workspaceId } = useWorkspace();
  const [id] = useState(() => mintIdIn(workspaceId, 'chn'));
  const navigate = useNavigate();
  const client = useApolloClient();
  const create = useAction(
    async (form: FormData) => {
      await mutate(client, CREATE_CHANNEL, {
        id,
        workspaceId,
        name: normalizeChannelName(String(form.get('name'))),
        topic: String(form.get('topic')).trim(),
        kind: form.get('private') ? 'PRIVATE' : 'PUBLIC',
      });
      setChannelListed(client.cache, workspaceId, id, true);
      onClose();
      navigate({ to: '/w/$workspaceId/c/$channelId', params: { workspaceId, channelId: id } });
    },
    { conflictField: 'name' },
  );

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    create.run(new FormData(event.currentTarget));
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field
        label="Name"
        name="name"
        placeholder="launch-plan"
        maxLength={80}
        required
        hint="Lowercase. Spaces become dashes."
        error={errorAt(create.failure, 'name')}
      />
      <Field
        label="Topic (optional)"
        name="topic"
        placeholder="What is this channel about?"
        maxLength={250}
      />
      <label className="flex items-start gap-2.5">
        <input type="checkbox" name="private" className="mt-0.5 size-4 accent-(--c-accent)" />
        <span>
          Private
          <span className="block text-[12.5px] text-faint">Only invited people can see it.</span>
        </span>
      </label>
      <FailureNotice failure={create.failure} fields={['name']} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" type="submit" disabled={create.isRunning}>
          Create
        </Button>
      </div>
    </form>
  );
}

/** Normalizes a typed channel name. */
function normalizeChannelName(typed: string): string {
  return typed.trim().replace(/^#+/, '').trim().replace(/\s+/g, '-').toLowerCase();
}
