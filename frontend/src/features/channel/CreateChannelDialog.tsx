/** The dialog that creates a public or private channel. */
import { useApolloClient } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Values } from '../../apollo/ActionForm';
import { FormDialog } from '../../apollo/FormDialog';
import { mintIdIn } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { setChannelListed } from '../workspace/workspaceCache';
import { useWorkspace } from '../workspace/workspaceContext';
import { channelNameField } from './channel';

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
  const { id: workspaceId } = useWorkspace();
  const navigate = useNavigate();
  const client = useApolloClient();
  const mint = () => mintIdIn(workspaceId, 'chn');
  // Kept while the dialog is open, so that a retry after a lost response does not create a second channel.
  const [channelId, setChannelId] = useState(mint);
  async function create({ name = '', topic = '', private: isPrivate }: Values) {
    await mutate(client, CREATE_CHANNEL, {
      id: channelId,
      workspaceId,
      name: normalizeChannelName(name),
      topic: topic.trim(),
      kind: isPrivate ? 'PRIVATE' : 'PUBLIC',
    });
    setChannelListed(client.cache, workspaceId, channelId, true);
    navigate({ to: '/w/$workspaceId/c/$channelId', params: { workspaceId, channelId } });
  }
  const topicField = {
    label: m.channel_create_channel_dialog_topic(),
    name: 'topic',
    placeholder: m.channel_topic_example(),
    maxCharacters: 250,
  };
  return (
    <FormDialog
      open={open}
      onClose={() => {
        setChannelId(mint());
        onClose();
      }}
      title={m.channel_create_channel_dialog_title()}
      fields={[
        { ...channelNameField(), placeholder: m.channel_create_channel_dialog_name_example() },
        topicField,
      ]}
      work={create}
      verb={m.channel_create_channel_dialog_submit()}
    >
      <label className="flex items-start gap-2.5">
        <input type="checkbox" name="private" className="mt-0.5 size-4 accent-(--c-accent)" />
        <span>
          {m.channel_create_channel_dialog_private()}
          <span className="block text-[12.5px] text-faint">
            {m.channel_create_channel_dialog_private_hint()}
          </span>
        </span>
      </label>
    </FormDialog>
  );
}

/** Normalizes a typed channel name. */
function normalizeChannelName(typed: string): string {
  return typed.trim().replace(/^#+/, '').trim().replace(/\s+/g, '-').toLowerCase();
}
