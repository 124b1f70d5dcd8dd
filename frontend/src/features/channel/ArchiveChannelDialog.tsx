/** The dialog that archives a channel. */
import { useApolloClient } from '@apollo/client/react';
import { ActionDialog } from '../../apollo/ActionDialog';
import { command } from '../../apollo/mutate';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import type { ChannelDialogProps } from './channel';

// The event changes the channel in the cache, and refreshes what depends on it.
const ARCHIVE_CHANNEL = graphql(`
  mutation ArchiveChannel($input: ArchiveChannelInput!) {
    archiveChannel(input: $input) {
      seq
    }
  }
`);

export function ArchiveChannelDialog({ channel, ...dialog }: ChannelDialogProps) {
  const client = useApolloClient();
  return (
    <ActionDialog
      {...dialog}
      title={m.channel_archive_channel_dialog_question({ channel: channel.name ?? '' })}
      verb={m.channel_archive_channel_dialog_action()}
      work={() => command(client, ARCHIVE_CHANNEL, { channelId: channel.id })}
    >
      {m.channel_archive_channel_dialog_consequence()}
    </ActionDialog>
  );
}
