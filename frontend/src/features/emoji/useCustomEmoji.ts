/** Custom emoji in the shape that the picker and the completion use. */
import { useMemo } from 'react';
import { useBoot } from '../workspace/workspaceContext';
import type { Emoji as Listed } from './emojiList';

export function useCustomEmoji(): readonly Listed[] {
  const emoji = useBoot(({ workspace }) => workspace.emoji);
  return useMemo(
    () =>
      [...emoji]
        .sort((a, b) => a.name.localeCompare(b.name))
        .map(({ name, url, stillUrl }) => ({
          unicode: `:${name}:`,
          label: `:${name}:`,
          words: name,
          shortcodes: [name],
          picture: { url, stillUrl },
        })),
    [emoji],
  );
}
