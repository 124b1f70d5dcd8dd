/** A dialog that picks members for an action. */
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import type { Action } from '../../apollo/useAction';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { MemberPicker } from '../member/MemberPicker';
import type { Member } from '../member/member';
import { useMe, useWorkspace } from '../workspace/workspaceContext';

interface Props {
  open: boolean;
  onClose(): void;
  title: string;
  /** The label of the field. */
  label: string;
  verb: string;
  action: Action<[memberIds: string[]], unknown>;
  /** The most members that can be picked. */
  limit?: number;
}

export function PeopleDialog({ open, onClose, title, label, verb, action, limit }: Props) {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const [chosen, setChosen] = useState<Member[]>([]);
  const close = () => {
    setChosen([]);
    action.reset();
    onClose();
  };
  async function submit() {
    if (!action.isRunning && (await action.run(chosen.map((member) => member.id)))) close();
  }
  return (
    <Dialog open={open} onClose={close} title={title}>
      <div className="flex flex-col gap-4">
        <MemberPicker
          workspaceId={workspaceId}
          label={label}
          chosen={chosen}
          onChange={(next) => setChosen(next.slice(0, limit))}
          excludedIds={[me.id]}
          onSubmit={submit}
        />
        <FailureNotice failure={action.failure} />
        <div className="flex justify-end gap-2">
          <Button onClick={close}>{m.ui_cancel()}</Button>
          <Button
            variant="primary"
            disabled={chosen.length === 0 || action.isRunning}
            onClick={submit}
          >
            {verb}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
