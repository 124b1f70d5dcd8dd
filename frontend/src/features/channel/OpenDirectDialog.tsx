/** The dialog that opens a direct channel with the chosen members. */
import { useState } from 'react';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/Notice';
import { MemberPicker } from '../member/MemberPicker';
import type { Member } from '../member/member';
import { useWorkspace } from '../workspace/workspaceContext';
import { useOpenDirect } from './useOpenDirect';

/** A direct channel has at most nine members, including the viewer. */
const maxOtherMembers = 8;

interface Props {
  open: boolean;
  onClose(): void;
}

export function OpenDirectDialog({ open, onClose }: Props) {
  const { id, me } = useWorkspace();
  const [chosen, setChosen] = useState<Member[]>([]);
  const { openDirect, loading, failure } = useOpenDirect();
  const close = () => {
    setChosen([]);
    onClose();
  };
  async function submit() {
    if (!loading && (await openDirect(chosen.map((member) => member.id)))) close();
  }
  return (
    <Dialog open={open} onClose={close} title="New message">
      <div className="flex flex-col gap-4">
        <MemberPicker
          workspaceId={id}
          label="To"
          chosen={chosen}
          onChange={(next) => setChosen(next.slice(0, maxOtherMembers))}
          excludedIds={[me.id]}
          onSubmit={submit}
        />
        {failure && <Notice>{failure.message}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button variant="primary" disabled={chosen.length === 0 || loading} onClick={submit}>
            Start
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
