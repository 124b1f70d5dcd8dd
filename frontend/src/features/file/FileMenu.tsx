/** What one can do with a file that was sent: download it, say what it shows, remove it. */
import { Menu } from '@base-ui/react/menu';
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { Button, IconButton } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { menuItem } from '../../ui/menuItem';
import { Notice } from '../../ui/Notice';
import { useWorkspace } from '../workspace/workspaceContext';
import { DescribeDialog } from './DescribeDialog';
import { type File, labelOf } from './file';
import { useFileActions } from './fileActions';

interface Props {
  file: File;
  /** Lists of messages have one Tab stop; elsewhere each button is one. */
  tabIndex?: number;
  className?: string;
}

export function FileMenu({ file, tabIndex, className = '' }: Props) {
  const { me } = useWorkspace();
  const actions = useFileActions();
  const [asking, setAsking] = useState<'describe' | 'remove' | null>(null);
  const mine = file.uploaderId === me.id;
  const mayRemove = mine || me.role !== 'MEMBER';
  const close = () => setAsking(null);
  return (
    <>
      <Menu.Root>
        <Menu.Trigger
          render={
            <IconButton
              label={`More about ${labelOf(file)}`}
              {...(tabIndex !== undefined && { tabIndex })}
              className={className}
            />
          }
        >
          <Ellipsis size={16} />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner align="end" sideOffset={4} className="z-30">
            <Menu.Popup className="w-44 rounded-xl border border-line bg-raised p-1.5 shadow-pop outline-none">
              <Menu.Item
                className={menuItem}
                render={<a href={file.downloadUrl} download={file.name} aria-label="Download" />}
              >
                Download
              </Menu.Item>
              {mine && (
                <Menu.Item className={menuItem} onClick={() => setAsking('describe')}>
                  Describe
                </Menu.Item>
              )}
              {mayRemove && (
                <Menu.Item className={menuItem} onClick={() => setAsking('remove')}>
                  Remove
                </Menu.Item>
              )}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <DescribeDialog
        open={asking === 'describe'}
        name={file.name}
        alt={file.alt ?? ''}
        onClose={close}
        onSave={(alt) => actions.describe(file, alt)}
      />
      {asking === 'remove' && (
        <RemoveDialog file={file} onClose={close} onRemove={() => actions.remove(file)} />
      )}
    </>
  );
}

interface RemoveProps {
  file: File;
  onClose(): void;
  onRemove(): Promise<string | null>;
}

function RemoveDialog({ file, onClose, onRemove }: RemoveProps) {
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  async function remove() {
    setBusy(true);
    const failed = await onRemove();
    setBusy(false);
    setFailure(failed);
    if (failed === null) onClose();
  }
  return (
    <Dialog open onClose={onClose} title="Remove this file?">
      <p className="wrap-anywhere">
        <bdi className="font-semibold">{file.name}</bdi> is removed for everyone. This cannot be
        undone.
      </p>
      {failure && <Notice>{failure}</Notice>}
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="danger" disabled={busy} onClick={remove}>
          Remove
        </Button>
      </div>
    </Dialog>
  );
}
