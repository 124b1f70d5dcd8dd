/** Chooses people and adds them to a channel. */
import { useMutation } from '@apollo/client/react';
import { useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/Notice';
import { MemberPicker } from '../member/MemberPicker';
import type { Member } from '../member/member';
import { useWorkspace } from '../workspace/workspaceContext';
import type { Channel } from './channel';

const ADD_TO_CHANNEL = graphql(`
  mutation AddToChannel($input: AddToChannelInput!) {
    addToChannel(input: $input) {
      seq
    }
  }
`);

interface Props {
  channel: Channel;
  open: boolean;
  onClose(): void;
}

export function AddPeopleDialog({ channel, open, onClose }: Props) {
  const { id: workspaceId, me } = useWorkspace();
  const [chosen, setChosen] = useState<Member[]>([]);
  const [add, { loading, error, reset }] = useMutation(ADD_TO_CHANNEL);
  const close = () => {
    setChosen([]);
    reset();
    onClose();
  };
  async function submit() {
    if (loading) return;
    const memberIds = chosen.map((member) => member.id);
    const input = { workspaceId, commandId: mintId('cmd'), channelId: channel.id, memberIds };
    const { data } = await add({ variables: { input } }).catch(() => ({ data: undefined }));
    if (data) close();
  }
  return (
    <Dialog open={open} onClose={close} title={`Add people to #${channel.name}`}>
      <div className="flex flex-col gap-4">
        <MemberPicker
          workspaceId={workspaceId}
          label="People to add"
          chosen={chosen}
          onChange={setChosen}
          without={[me.id]}
          onSubmit={submit}
        />
        {error && <Notice>{failureOf(error).message}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button look="primary" disabled={chosen.length === 0 || loading} onClick={submit}>
            Add
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
