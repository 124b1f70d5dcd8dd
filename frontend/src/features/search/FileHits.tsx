/** Files that match by name, description or contents, shown above messages. */
import { useApolloClient } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useId } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { useAction } from '../../apollo/useAction';
import { m } from '../../paraglide/messages';
import { FileRow } from '../file/FileRow';
import { type File, useFile } from '../file/file';
import { placeOfMessage } from '../message/messagePlace';
import { useWorkspace } from '../workspace/workspaceContext';
import type { FoundFile } from './search';

interface Props {
  files: readonly FoundFile[];
  onOpen(id: string): void;
}

export function FileHits({ files, onOpen }: Props) {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const navigate = useNavigate();
  const titleId = useId();
  const jump = useAction(async ({ id, channelId, messageId }: File) => {
    if (!channelId || !messageId) return;
    const search = await placeOfMessage(client, messageId);
    onOpen(id);
    await navigate({
      to: '/w/$workspaceId/c/$channelId',
      params: { workspaceId, channelId },
      search,
    });
  });
  if (files.length === 0) return null;

  return (
    <section aria-labelledby={titleId} className="mb-4">
      <h2 id={titleId} className="mb-1 text-[12px] font-semibold text-faint">
        {m.search_file_hits_title()}
      </h2>
      <FailureNotice failure={jump.failure} />
      <ul className="rounded-xl border border-line bg-raised p-1">
        {files.map((found) => (
          <Hit key={found.id} found={found} onJump={jump.run} />
        ))}
      </ul>
    </section>
  );
}

/** Rendered from the cache, so that events update it. */
function Hit({ found, onJump }: { found: FoundFile; onJump(file: File): void }) {
  const file = useFile(found.id);
  if (!file || file.removedAt) return null;
  return (
    <li>
      <FileRow file={file} uploader={found.uploader.name} onJump={() => onJump(file)} />
    </li>
  );
}
