/** The dialog that opens a direct channel with the chosen members. */
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { MemberPicker } from '../member/MemberPicker';
import type { Member } from '../member/member';
import { useMe, useWorkspace } from '../workspace/workspaceContext';
import { useOpenDirect } from './useOpenDirect';

/** A direct channel has at most nine members, including the viewer. */
const maxOtherMembers = 8;

interface Props {
  open: boolean;
  onClose(): void;
}

export function OpenDirectDialog({ open, onClose }: Props) {
  const { id } = useWorkspace();
  const me = useMe();
  const [chosen, setChosen] = useState<Member[]>([]);
  const openDirect = useOpenDirect();
  const close = () => {
    setChosen([]);
    onClose();
  };
  async function submit() {
    if (openDirect.isRunning) return;
    if (await openDirect.run(chosen.map((member) => member.id))) close();
  }
  return (
    <Dialog open={open} onClose={close} title={m.channel_open_direct_dialog_title()}>
      <div className="flex flex-col gap-4">
        <MemberPicker
          workspaceId={id}
          label={m.channel_open_direct_dialog_to()}
          chosen={chosen}
          onChange={(next) => setChosen(next.slice(0, maxOtherMembers))}
          excludedIds={[me.id]}
          onSubmit={submit}
        />
        <FailureNotice failure={openDirect.failure} />
        <div className="flex justify-end gap-2">
          <Button onClick={close}>{m.ui_cancel()}</Button>
          <Button
            variant="primary"
            disabled={chosen.length === 0 || openDirect.isRunning}
            onClick={submit}
          >
            {m.channel_open_direct_dialog_start()}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
