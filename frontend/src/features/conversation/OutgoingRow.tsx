/** A message in the outbox, below the confirmed messages. */
import { useState } from 'react';
import { wakeAll } from '../../apollo/pause';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { summarizeFiles } from '../file/file';
import { OutgoingFiles } from '../file/OutgoingFiles';
import { useUploadService } from '../file/useUploads';
import { MessageText } from '../message/MessageText';
import type { OutboxEntry } from '../message/outbox';
import { useOutbox } from '../message/useOutbox';
import { useMe } from '../workspace/workspaceContext';
import { DeleteDialog } from './DeleteDialog';
import { MessageFrame } from './MessageRow';

/** Dimmed while sending. Shows the error and actions on failure. */
export function OutgoingRow({ outgoing, head }: { outgoing: OutboxEntry; head: boolean }) {
  const me = useMe();
  const outbox = useOutbox();
  const uploads = useUploadService();
  const { id, text, state, failure, createdAt, files = [] } = outgoing;
  const [deleting, setDeleting] = useState(false);
  const retry = () => {
    outbox.retry(id);
    wakeAll();
  };
  const giveUp = () => {
    for (const file of files) uploads.cancel(file.id);
    outbox.remove(id);
  };
  const waits = state === 'queued' || (state === 'waiting' && failure);
  const words =
    state === 'queued'
      ? m.conversation_outgoing_row_queued()
      : waits
        ? m.conversation_outgoing_row_retrying()
        : m.conversation_outgoing_row_not_sent({ message: failure?.message ?? '' });
  return (
    <MessageFrame head={head} author={me} at={createdAt}>
      {text !== '' && (
        <div className={state === 'failed' ? '' : 'opacity-70'}>
          <MessageText text={text} />
        </div>
      )}
      {files.length > 0 && (
        <OutgoingFiles files={files} onRemove={(fileId) => outbox.removeFile(id, fileId)} />
      )}
      {(state === 'failed' || waits) && (
        <p
          role="alert"
          className={`flex flex-wrap items-center gap-x-3 text-[12.5px] ${waits ? 'text-notice' : 'text-danger'}`}
        >
          <span>{words}</span>
          <span className="flex">
            <Button variant="quiet" small onClick={retry}>
              {m.ui_retry()}
            </Button>
            {state !== 'queued' && (
              <Button variant="quiet" small onClick={() => setDeleting(true)}>
                {m.ui_delete()}
              </Button>
            )}
          </span>
        </p>
      )}
      <DeleteDialog
        open={deleting}
        text={text}
        files={summarizeFiles(files.map((file) => ({ ...file, removedAt: null })))}
        consequence={m.conversation_outgoing_row_delete_consequence()}
        onClose={() => setDeleting(false)}
        onDelete={giveUp}
      />
    </MessageFrame>
  );
}
