/** The custom emoji page. Members delete their own emoji, owners and admins any. */
import { useApolloClient } from '@apollo/client/react';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
import { graphql } from '../../gql';
import { Button, IconButton } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/Notice';
import { PageFrame } from '../../ui/PageFrame';
import { useMember } from '../member/member';
import { BackLink } from '../workspace/BackLink';
import { useWorkspace } from '../workspace/workspaceContext';
import { AddEmoji } from './AddEmoji';
import { EmojiPicture } from './EmojiPicture';
import type { Emoji } from './emoji';
import { emojiDeleted } from './emojiCache';

const DELETE_EMOJI = graphql(`
  mutation DeleteEmoji($input: DeleteEmojiInput!) {
    deleteEmoji(input: $input) {
      emojiId
    }
  }
`);

export function EmojiPage() {
  const { emoji, me } = useWorkspace();
  const sorted = [...emoji].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <PageFrame title="Custom emoji" back={<BackLink />}>
      <p className="mb-4 text-soft">
        Type <code>:name:</code> in a message, or use the emoji picker.
      </p>
      <AddEmoji />
      {sorted.length === 0 && <p className="py-8 text-center text-faint">No custom emoji yet.</p>}
      <ul aria-label="Custom emoji" className="mt-4 divide-y divide-line">
        {sorted.map((one) => (
          <EmojiRow
            key={one.id}
            emoji={one}
            canDelete={me.role !== 'MEMBER' || one.creatorId === me.id}
          />
        ))}
      </ul>
    </PageFrame>
  );
}

function EmojiRow({ emoji, canDelete }: { emoji: Emoji; canDelete: boolean }) {
  const { id: workspaceId } = useWorkspace();
  const creator = useMember(workspaceId, emoji.creatorId);
  const [confirming, setConfirming] = useState(false);
  return (
    <li className="flex items-center gap-3 py-2">
      <EmojiPicture emoji={emoji} alt="" className="size-8 object-contain" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">:{emoji.name}:</span>
        <span className="block truncate text-[12.5px] text-faint">
          {creator && (
            <>
              Added by <bdi>{creator.name}</bdi>
            </>
          )}
        </span>
      </span>
      {canDelete && (
        <IconButton label={`Delete :${emoji.name}:`} onClick={() => setConfirming(true)}>
          <Trash2 size={15} />
        </IconButton>
      )}
      {confirming && <DeleteEmojiDialog emoji={emoji} onClose={() => setConfirming(false)} />}
    </li>
  );
}

function DeleteEmojiDialog({ emoji, onClose }: { emoji: Emoji; onClose(): void }) {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function remove() {
    setBusy(true);
    const input = { workspaceId, commandId: mintId('cmd'), emojiId: emoji.id };
    try {
      await client.mutate({ mutation: DELETE_EMOJI, variables: { input } });
      emojiDeleted(client.cache, workspaceId, emoji.id);
      onClose();
    } catch (error) {
      setFailure(failureOf(error).message);
      setBusy(false);
    }
  }

  return (
    <Dialog open onClose={onClose} title={`Delete :${emoji.name}:?`}>
      <p className="text-soft">
        Messages and reactions that use it will show <code>:{emoji.name}:</code> as text.
      </p>
      {failure && <Notice>{failure}</Notice>}
      <div className="mt-4 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="danger" disabled={busy} onClick={remove}>
          Delete
        </Button>
      </div>
    </Dialog>
  );
}
