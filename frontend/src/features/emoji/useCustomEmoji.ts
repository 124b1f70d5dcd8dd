/** Custom emoji in the shape that the picker and the completion use. */
import { useMemo } from 'react';
import type { Emoji as Listed } from '../reaction/emojiList';
import { useWorkspace } from '../workspace/workspaceContext';

export function useCustomEmoji(): readonly Listed[] {
  const { emoji } = useWorkspace();
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
