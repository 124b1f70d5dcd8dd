/** A message of the outbox, below those that the server has. */
import { useState } from 'react';
import { Button } from '../../ui/Button';
import { filesInWords } from '../file/file';
import { OutgoingFiles } from '../file/OutgoingFiles';
import { wakeAll } from '../live/pause';
import { useWorkspace } from '../workspace/workspaceContext';
import { DeleteDialog } from './DeleteDialog';
import { MessageFrame } from './MessageRow';
import { MessageText } from './MessageText';
import type { OutboxEntry } from './outbox';

/** A message on its way: dimmed, or with what went wrong and what one can do about it. */
export function OutgoingRow({ outgoing, head }: { outgoing: OutboxEntry; head: boolean }) {
  const { me, outbox, uploads } = useWorkspace();
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
      ? 'Queued: the server keeps it until its database is back.'
      : waits
        ? 'Not sent yet. Retrying…'
        : `Not sent: ${failure?.message}`;
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
            <Button look="quiet" small onClick={retry}>
              Retry
            </Button>
            {state !== 'queued' && (
              <Button look="quiet" small onClick={() => setDeleting(true)}>
                Delete
              </Button>
            )}
          </span>
        </p>
      )}
      <DeleteDialog
        open={deleting}
        text={text}
        files={filesInWords(files.map((file) => ({ ...file, removedAt: null })))}
        consequence="It has not been sent, and nothing of it is kept. This cannot be undone."
        onClose={() => setDeleting(false)}
        onDelete={giveUp}
      />
    </MessageFrame>
  );
}
