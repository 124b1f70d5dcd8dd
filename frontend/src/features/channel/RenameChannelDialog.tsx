/** The dialog that renames a channel. */
import { useApolloClient } from '@apollo/client/react';
import { FormDialog } from '../../apollo/FormDialog';
import { command } from '../../apollo/mutate';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { type ChannelDialogProps, channelNameField } from './channel';

const RENAME_CHANNEL = graphql(`
  mutation RenameChannel($input: RenameChannelInput!) {
    renameChannel(input: $input) {
      channel {
        ...Channel
      }
    }
  }
`);

export function RenameChannelDialog({ channel, ...dialog }: ChannelDialogProps) {
  const client = useApolloClient();
  return (
    <FormDialog
      {...dialog}
      title={m.channel_rename_channel_dialog_title()}
      fields={[{ ...channelNameField(), defaultValue: channel.name ?? '' }]}
      work={({ name = '' }) => command(client, RENAME_CHANNEL, { channelId: channel.id, name })}
    />
  );
}
