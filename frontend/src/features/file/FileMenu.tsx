/** The menu of a sent file: download, edit description, delete. */
import { useApolloClient } from '@apollo/client/react';
import { Menu } from '@base-ui/react/menu';
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { useAction } from '../../apollo/useAction';
import { m } from '../../paraglide/messages';
import { Button, IconButton } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { menuItemClass } from '../../ui/menuItemClass';
import { RichText } from '../../ui/RichText';
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
              label={m.file_menu_label({ file: fileLabel(file) })}
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
                render={
                  <a href={file.downloadUrl} download={file.name} aria-label={m.ui_download()} />
                }
              >
                {m.ui_download()}
              </Menu.Item>
              {isOwn && (
                <Menu.Item className={menuItemClass} onClick={() => setConfirming('describe')}>
                  {m.file_menu_edit_description()}
                </Menu.Item>
              )}
              {canRemove && (
                <Menu.Item className={menuItemClass} onClick={() => setConfirming('remove')}>
                  {m.file_menu_delete_item()}
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
    <Dialog open onClose={onClose} title={m.file_menu_delete_question()}>
      <p className="wrap-anywhere">
        <RichText
          message={m.file_menu_delete_consequence}
          inputs={{ name: file.name }}
          tags={{ name: (text) => <bdi className="font-semibold">{text}</bdi> }}
        />
      </p>
      <FailureNotice failure={remove.failure} />
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>{m.ui_cancel()}</Button>
        <Button variant="danger" disabled={remove.isRunning} onClick={remove.run}>
          {m.ui_delete()}
        </Button>
      </div>
    </Dialog>
  );
}
