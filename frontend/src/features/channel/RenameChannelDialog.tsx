/** The dialog that renames a channel. */
import { useApolloClient } from '@apollo/client/react';
import type { FormEvent } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { errorAt } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import type { Channel } from './channel';

const RENAME_CHANNEL = graphql(`
  mutation RenameChannel($input: RenameChannelInput!) {
    renameChannel(input: $input) {
      channel {
        ...Channel
      }
    }
  }
`);

interface Props {
  channel: Channel;
  open: boolean;
  onClose(): void;
}

export function RenameChannelDialog({ channel, open, onClose }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title={m.channel_rename_channel_dialog_title()}>
      <RenameForm channel={channel} onClose={onClose} />
    </Dialog>
  );
}

function RenameForm({ channel, onClose }: Omit<Props, 'open'>) {
  const client = useApolloClient();
  const rename = useAction(
    async (form: FormData) => {
      await mutate(client, RENAME_CHANNEL, {
        commandId: mintId('cmd'),
        channelId: channel.id,
        name: String(form.get('name')),
      });
      onClose();
    },
    { conflictField: 'name' },
  );

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    rename.run(new FormData(event.currentTarget));
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field
        label={m.ui_name()}
        name="name"
        defaultValue={channel.name ?? ''}
        maxLength={80}
        required
        hint={m.channel_name_hint()}
        error={errorAt(rename.failure, 'name')}
      />
      <FailureNotice failure={rename.failure} fields={['name']} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{m.ui_cancel()}</Button>
        <Button variant="primary" type="submit" disabled={rename.isRunning}>
          {m.ui_save()}
        </Button>
      </div>
    </form>
  );
}
