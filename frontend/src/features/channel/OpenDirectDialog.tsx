/** Chooses people and goes to the direct channel with them. */
import { useState } from 'react';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/Notice';
import { MemberPicker } from '../member/MemberPicker';
import type { Member } from '../member/member';
import { useWorkspace } from '../workspace/workspaceContext';
import { useOpenDirect } from './useOpenDirect';

/** A direct channel holds at most nine people, the viewer among them. */
const mostOthers = 8;

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
    <Dialog open={open} onClose={close} title="Write to somebody">
      <div className="flex flex-col gap-4">
        <MemberPicker
          workspaceId={id}
          label="People"
          chosen={chosen}
          onChange={(next) => setChosen(next.slice(0, mostOthers))}
          without={[me.id]}
          onSubmit={submit}
        />
        {failure && <Notice>{failure.message}</Notice>}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button look="primary" disabled={chosen.length === 0 || loading} onClick={submit}>
            Open
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
