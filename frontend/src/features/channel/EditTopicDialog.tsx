/** The dialog that edits the topic of a channel. */
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

const SET_CHANNEL_TOPIC = graphql(`
  mutation SetChannelTopic($input: SetChannelTopicInput!) {
    setChannelTopic(input: $input) {
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

export function EditTopicDialog({ channel, open, onClose }: Props) {
  return (
    <Dialog open={open} onClose={onClose} title={m.channel_edit_topic_dialog_title()}>
      <TopicForm channel={channel} onClose={onClose} />
    </Dialog>
  );
}

function TopicForm({ channel, onClose }: Omit<Props, 'open'>) {
  const client = useApolloClient();
  const save = useAction(async (form: FormData) => {
    await mutate(client, SET_CHANNEL_TOPIC, {
      commandId: mintId('cmd'),
      channelId: channel.id,
      topic: String(form.get('topic')).trim(),
    });
    onClose();
  });

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    save.run(new FormData(event.currentTarget));
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field
        label={m.channel_edit_topic_dialog_topic()}
        name="topic"
        defaultValue={channel.topic}
        maxLength={250}
        placeholder={m.channel_topic_example()}
        hint={m.channel_edit_topic_dialog_hint({ channel: channel.name ?? '' })}
        error={errorAt(save.failure, 'topic')}
      />
      <FailureNotice failure={save.failure} fields={['topic']} />
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{m.ui_cancel()}</Button>
        <Button variant="primary" type="submit" disabled={save.isRunning}>
          {m.ui_save()}
        </Button>
      </div>
    </form>
  );
}
