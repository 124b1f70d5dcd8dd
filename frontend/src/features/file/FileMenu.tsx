/** The menu of a sent file: download, edit description, delete. */
import { useApolloClient } from '@apollo/client/react';
import { useState } from 'react';
import { ActionDialog } from '../../apollo/ActionDialog';
import { m } from '../../paraglide/messages';
import { MenuItem, MoreMenu } from '../../ui/Menu';
import { RichText } from '../../ui/RichText';
import { useIsArchived } from '../workspace/useIsArchived';
import { useMe } from '../workspace/workspaceContext';
import { DescribeDialog } from './DescribeDialog';
import { type File, fileLabel } from './file';
import { deleteFile, describeFile } from './fileActions';

interface Props {
  file: File;
  /** -1 inside message lists, which have a single tab stop. */
  tabIndex?: number;
}

export function FileMenu({ file, ...button }: Props) {
  const me = useMe();
  const client = useApolloClient();
  const isReadOnly = useIsArchived(file.channelId);
  const [open, setOpen] = useState<'describe' | 'remove' | null>(null);
  const isOwn = file.uploaderId === me.id;
  const close = () => setOpen(null);
  return (
    <>
      <MoreMenu label={m.file_menu_label({ file: fileLabel(file) })} width="w-44" {...button}>
        <MenuItem
          render={<a href={file.downloadUrl} download={file.name} aria-label={m.ui_download()} />}
        >
          {m.ui_download()}
        </MenuItem>
        {isOwn && !isReadOnly && (
          <MenuItem onClick={() => setOpen('describe')}>{m.file_menu_edit_description()}</MenuItem>
        )}
        {(isOwn || me.role !== 'MEMBER') && !isReadOnly && (
          <MenuItem onClick={() => setOpen('remove')}>{m.file_menu_delete_item()}</MenuItem>
        )}
      </MoreMenu>
      {open === 'describe' && (
        <DescribeDialog
          name={file.name}
          alt={file.alt ?? ''}
          onClose={close}
          onSave={(alt) => describeFile(client, file.id, alt)}
        />
      )}
      {open === 'remove' && (
        <ActionDialog
          open
          onClose={close}
          title={m.file_menu_delete_question()}
          verb={m.ui_delete()}
          work={() => deleteFile(client, file.id)}
        >
          <RichText
            message={m.file_menu_delete_consequence}
            inputs={{ name: file.name }}
            tags={{ name: (text) => <bdi className="font-semibold text-ink">{text}</bdi> }}
          />
        </ActionDialog>
      )}
    </>
  );
}
