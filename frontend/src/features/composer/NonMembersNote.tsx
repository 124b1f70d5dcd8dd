/** A note below the composer: mentioned members who are not in the channel, with a button to add them. */
import { X } from 'lucide-react';
import { useState } from 'react';
import { m } from '../../paraglide/messages';
import { Button, IconButton } from '../../ui/Button';
import { listInSentence } from '../../ui/lists';
import { useAddPeople } from '../channel/useAddPeople';
import { mentionedMemberIds } from '../message/messagePlainText';
import { useViewerChannel } from '../workspace/workspaceContext';
import { useNonMembers } from './useNonMembers';

interface Props {
  channelId: string;
  /** The draft and the last sent text, in stored form. */
  texts: readonly string[];
}

export function NonMembersNote({ channelId, texts }: Props) {
  const kind = useViewerChannel(channelId)?.kind;
  const mentioned = texts.flatMap((text) =>
    text.includes('<@') ? mentionedMemberIds({ text }) : [],
  );
  const { nonMembers, refetch } = useNonMembers(channelId, mentioned);
  const add = useAddPeople(channelId);
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const shown = nonMembers.filter(({ id }) => !dismissed.has(id));
  if (shown.length === 0) return null;

  const names = listInSentence(shown.map(({ name }) => name));
  const ids = shown.map(({ id }) => id);
  const isDirect = kind === 'DIRECT';
  const note = isDirect
    ? m.composer_non_members_note_conversation
    : m.composer_non_members_note_channel;
  async function addAll() {
    if (await add.run(ids)) await refetch();
  }
  return (
    <div
      role="status"
      className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1 rounded-lg bg-notice-tint px-2.5 py-1 text-[12.5px]"
    >
      <span dir="auto" className="min-w-0 flex-1 basis-48 wrap-anywhere">
        {add.failure?.message ?? note({ count: shown.length, names })}
      </span>
      {!isDirect && (
        <Button small disabled={add.isRunning} onClick={addAll}>
          {shown.length === 1
            ? m.composer_non_members_note_add_one({ name: names })
            : m.composer_non_members_note_add_all()}
        </Button>
      )}
      <IconButton
        label={m.ui_dismiss()}
        className="touch:size-11"
        onClick={() => setDismissed(new Set([...dismissed, ...ids]))}
      >
        <X size={14} />
      </IconButton>
    </div>
  );
}
