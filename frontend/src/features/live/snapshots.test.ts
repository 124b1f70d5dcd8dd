/** Conversion of snapshots to entities. */
import { expect, it } from 'vitest';
import { withEntities } from './snapshots';

it('names the entities of snapshots, also in lists, and keeps everything else', () => {
  const item = {
    __typename: 'MessageSent' as const,
    seq: 7,
    message: {
      __typename: 'MessageSnapshot' as const,
      id: 'msg_1',
      text: 'Snapshot',
      threadId: null,
    },
    files: [
      {
        __typename: 'FileSnapshot' as const,
        previews: [{ __typename: 'FilePreview' as const, width: 1 }],
      },
    ],
  };
  expect(withEntities(item)).toEqual({
    __typename: 'MessageSent',
    seq: 7,
    message: { __typename: 'Message', id: 'msg_1', text: 'Snapshot', threadId: null },
    files: [{ __typename: 'File', previews: [{ __typename: 'FilePreview', width: 1 }] }],
  });
});
