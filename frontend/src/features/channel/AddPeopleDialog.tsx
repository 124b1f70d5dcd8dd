/** The dialog that adds members to a channel. */
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { MemberPicker } from '../member/MemberPicker';
import type { Member } from '../member/member';
import { useMe, useWorkspace } from '../workspace/workspaceContext';
import type { Channel } from './channel';
import { useAddPeople } from './useAddPeople';

interface Props {
  channel: Channel;
  open: boolean;
  onClose(): void;
}

export function AddPeopleDialog({ channel, open, onClose }: Props) {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const [chosen, setChosen] = useState<Member[]>([]);
  const add = useAddPeople(channel.id);
  const close = () => {
    setChosen([]);
    add.reset();
    onClose();
  };
  async function submit() {
    if (!add.isRunning && (await add.run(chosen.map((member) => member.id)))) close();
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      title={m.channel_add_people_dialog_title({ channel: channel.name ?? '' })}
    >
      <div className="flex flex-col gap-4">
        <MemberPicker
          workspaceId={workspaceId}
          label={m.channel_add_people_dialog_people()}
          chosen={chosen}
          onChange={setChosen}
          excludedIds={[me.id]}
          onSubmit={submit}
        />
        <FailureNotice failure={add.failure} />
        <div className="flex justify-end gap-2">
          <Button onClick={close}>{m.ui_cancel()}</Button>
          <Button
            variant="primary"
            disabled={chosen.length === 0 || add.isRunning}
            onClick={submit}
          >
            {m.channel_add_people_dialog_add()}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
