/** The menu of a sent file: download, edit description, delete. */
import { useApolloClient } from '@apollo/client/react';
import { Menu } from '@base-ui/react/menu';
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { useAction } from '../../apollo/useAction';
import { Button, IconButton } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { menuItemClass } from '../../ui/menuItemClass';
import { useMe } from '../workspace/workspaceContext';
import { DescribeDialog } from './DescribeDialog';
import { type File, fileLabel } from './file';
import { deleteFile, describeFile } from './fileActions';

interface Props {
  file: File;
  /** -1 inside message lists, which have a single tab stop. */
  tabIndex?: number;
  className?: string;
}

export function FileMenu({ file, tabIndex, className = '' }: Props) {
  const me = useMe();
  const client = useApolloClient();
  const [confirming, setConfirming] = useState<'describe' | 'remove' | null>(null);
  const isOwn = file.uploaderId === me.id;
  const canRemove = isOwn || me.role !== 'MEMBER';
  const close = () => setConfirming(null);
  return (
    <>
      <Menu.Root>
        <Menu.Trigger
          render={
            <IconButton
              label={`More actions for ${fileLabel(file)}`}
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
                className={menuItemClass}
                render={<a href={file.downloadUrl} download={file.name} aria-label="Download" />}
              >
                Download
              </Menu.Item>
              {isOwn && (
                <Menu.Item className={menuItemClass} onClick={() => setConfirming('describe')}>
                  Edit description
                </Menu.Item>
              )}
              {canRemove && (
                <Menu.Item className={menuItemClass} onClick={() => setConfirming('remove')}>
                  Delete file
                </Menu.Item>
              )}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <DescribeDialog
        open={confirming === 'describe'}
        name={file.name}
        alt={file.alt ?? ''}
        onClose={close}
        onSave={(alt) => describeFile(client, file.id, alt)}
      />
      {confirming === 'remove' && (
        <RemoveDialog file={file} onClose={close} onRemove={() => deleteFile(client, file.id)} />
      )}
    </>
  );
}

interface RemoveProps {
  file: File;
  onClose(): void;
  onRemove(): Promise<unknown>;
}

function RemoveDialog({ file, onClose, onRemove }: RemoveProps) {
  const remove = useAction(async () => {
    await onRemove();
    onClose();
  });
  return (
    <Dialog open onClose={onClose} title="Delete this file?">
      <p className="wrap-anywhere">
        <bdi className="font-semibold">{file.name}</bdi> will be deleted for everyone. This can't be
        undone.
      </p>
      <FailureNotice failure={remove.failure} />
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="danger" disabled={remove.isRunning} onClick={remove.run}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
