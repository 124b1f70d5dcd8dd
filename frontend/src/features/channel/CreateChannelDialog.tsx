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
import { m } from '../../paraglide/messages';
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
    <Dialog open={open} onClose={onClose} title={m.channel_create_channel_dialog_title()}>
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
        label={m.ui_name()}
        name="name"
        placeholder={m.channel_create_channel_dialog_name_example()}
        maxLength={80}
        required
        hint={m.channel_name_hint()}
        error={errorAt(create.failure, 'name')}
      />
      <Field
        label={m.channel_create_channel_dialog_topic()}
        name="topic"
        placeholder={m.channel_topic_example()}
        maxLength={250}
      />
      <label className="flex items-start gap-2.5">
        <input type="checkbox" name="private" className="mt-0.5 size-4 accent-(--c-accent)" />
        <span>
          {m.channel_create_channel_dialog_private()}
          <span className="block text-[12.5px] text-faint">
            {m.channel_create_channel_dialog_private_hint()}
          </span>
        </span>
      </label>
      <FailureNotice failure={create.failure} fields={['name']} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{m.ui_cancel()}</Button>
        <Button variant="primary" type="submit" disabled={create.isRunning}>
          {m.channel_create_channel_dialog_submit()}
        </Button>
      </div>
    </form>
  );
}

/** Normalizes a typed channel name. */
function normalizeChannelName(typed: string): string {
  return typed.trim().replace(/^#+/, '').trim().replace(/\s+/g, '-').toLowerCase();
}
