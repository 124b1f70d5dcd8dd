/** The custom emoji page. Members delete their own emoji, owners and admins any. */
import { useApolloClient } from '@apollo/client/react';
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { ActionDialog } from '../../apollo/ActionDialog';
import { command } from '../../apollo/mutate';
import { AddEmoji } from '../../features/emoji/AddEmoji';
import { EmojiPicture } from '../../features/emoji/EmojiPicture';
import type { Emoji } from '../../features/emoji/emoji';
import { emojiDeleted } from '../../features/emoji/emojiCache';
import { useMember } from '../../features/member/member';
import { BackLink } from '../../features/workspace/BackLink';
import { useBoot, useMe, useWorkspace } from '../../features/workspace/workspaceContext';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { PageFrame } from '../../ui/PageFrame';
import { RichText } from '../../ui/RichText';

const DELETE_EMOJI = graphql(`
  mutation DeleteEmoji($input: DeleteEmojiInput!) {
    deleteEmoji(input: $input) {
      emojiId
    }
  }
`);

export function EmojiPage() {
  const me = useMe();
  const emoji = useBoot(({ workspace }) => workspace.emoji);
  const sorted = [...emoji].sort((a, b) => a.name.localeCompare(b.name));
  return (
    <PageFrame title={m.page_emoji_title()} back={<BackLink />}>
      <p className="mb-4 text-soft">
        <RichText message={m.page_emoji_intro} inputs={{}} />
      </p>
      <AddEmoji />
      {sorted.length === 0 && <p className="py-8 text-center text-faint">{m.page_emoji_none()}</p>}
      <ul aria-label={m.page_emoji_title()} className="mt-4 divide-y divide-line">
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
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const creator = useMember(workspaceId, emoji.creatorId);
  const [confirming, setConfirming] = useState(false);
  return (
    <li className="flex items-center gap-3 py-2">
      <EmojiPicture emoji={emoji} alt="" className="size-8 object-contain" />
      <span className="min-w-0 flex-1">
        <span className="block truncate font-medium">:{emoji.name}:</span>
        <span className="block truncate text-[12.5px] text-faint">
          {creator && <RichText message={m.page_emoji_added_by} inputs={{ name: creator.name }} />}
        </span>
      </span>
      {canDelete && (
        <IconButton
          label={m.page_emoji_delete({ name: emoji.name })}
          onClick={() => setConfirming(true)}
        >
          <Trash2 size={15} />
        </IconButton>
      )}
      <ActionDialog
        open={confirming}
        onClose={() => setConfirming(false)}
        title={m.page_emoji_delete_question({ name: emoji.name })}
        verb={m.ui_delete()}
        work={async () => {
          await command(client, DELETE_EMOJI, { emojiId: emoji.id });
          emojiDeleted(client.cache, workspaceId, emoji.id);
        }}
      >
        <RichText message={m.page_emoji_delete_consequence} inputs={{ name: emoji.name }} />
      </ActionDialog>
    </li>
  );
}
