/** The dialog that edits the topic of a channel. */
import { useApolloClient } from '@apollo/client/react';
import { FormDialog } from '../../apollo/FormDialog';
import { command } from '../../apollo/mutate';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import type { ChannelDialogProps } from './channel';

const SET_CHANNEL_TOPIC = graphql(`
  mutation SetChannelTopic($input: SetChannelTopicInput!) {
    setChannelTopic(input: $input) {
      channel {
        ...Channel
      }
    }
  }
`);

export function EditTopicDialog({ channel, ...dialog }: ChannelDialogProps) {
  const client = useApolloClient();
  const field = {
    label: m.channel_edit_topic_dialog_topic(),
    name: 'topic',
    defaultValue: channel.topic,
    maxCharacters: 250,
    placeholder: m.channel_topic_example(),
    hint: m.channel_edit_topic_dialog_hint({ channel: channel.name ?? '' }),
  };
  return (
    <FormDialog
      {...dialog}
      title={m.channel_edit_topic_dialog_title()}
      fields={[field]}
      work={({ topic = '' }) =>
        command(client, SET_CHANNEL_TOPIC, { channelId: channel.id, topic: topic.trim() })
      }
    />
  );
}
