/** Below a text that mentions people who are not in its channel: that they are not, and a way to add them. */
import { X } from 'lucide-react';
import { useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { Button, IconButton } from '../../ui/Button';
import { useAddPeople } from '../channel/useAddPeople';
import { useWorkspace } from '../workspace/workspaceContext';
import { peopleIn } from './messageInWords';
import { useOutsiders } from './useOutsiders';

interface Props {
  channelId: string;
  /** What is being written, and what was sent last, as they are stored. */
  texts: readonly string[];
}

export function OutsideNote({ channelId, texts }: Props) {
  const { channels } = useWorkspace();
  const mentioned = texts.flatMap((text) => (text.includes('<@') ? peopleIn({ text }) : []));
  const { outsiders, refetch } = useOutsiders(channelId, mentioned);
  const { add, loading, error } = useAddPeople(channelId);
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const told = outsiders.filter(({ id }) => !dismissed.has(id));
  if (told.length === 0) return null;

  const names = new Intl.ListFormat('en').format(told.map(({ name }) => name));
  const ids = told.map(({ id }) => id);
  const isDirect = channels.find(({ id }) => id === channelId)?.kind === 'DIRECT';
  const place = isDirect ? 'this conversation' : 'this channel';
  async function addAll() {
    if (await add(ids)) await refetch();
  }
  return (
    <div
      role="status"
      className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1 rounded-lg bg-notice-tint px-2.5 py-1 text-[12.5px]"
    >
      <span dir="auto" className="min-w-0 flex-1 basis-48 wrap-anywhere">
        {error
          ? failureOf(error).message
          : `${names} ${told.length === 1 ? 'is' : 'are'} not in ${place} and won’t be notified.`}
      </span>
      {!isDirect && (
        <Button small disabled={loading} onClick={addAll}>
          {told.length === 1 ? `Add ${told[0]?.name}` : 'Add them'}
        </Button>
      )}
      <IconButton
        label="Dismiss"
        className="touch:size-11"
        onClick={() => setDismissed(new Set([...dismissed, ...ids]))}
      >
        <X size={14} />
      </IconButton>
    </div>
  );
}
