/** What removing a member means for them. */
import { fireEvent, render, screen } from '@testing-library/react';
import { of } from 'rxjs';
import { it } from 'vitest';
import { memberWith } from '../member/memberFixture';
import { Presences } from '../presence/presences';
import { PresencesContext } from '../presence/usePresence';
import { inWorkspace } from '../workspace/workspaceFixture';
import { ChannelMembersDialog } from './ChannelMembersDialog';
import { channelWith } from './channelFixture';

const archivedAt = '2026-01-02T00:00:00.000Z';

it.each([
  {
    channel: channelWith(),
    consequence: 'The channel disappears from their sidebar. They can rejoin at any time.',
  },
  {
    channel: channelWith({ archivedAt }),
    consequence: "This channel is archived. They won't be able to rejoin while it is.",
  },
  {
    channel: channelWith({ kind: 'PRIVATE', archivedAt }),
    consequence: "They won't be able to read this channel or rejoin unless a member adds them.",
  },
])('says "$consequence"', async ({ channel, consequence }) => {
  const members = { __typename: 'MemberConnection', nodes: [memberWith({ id: 'mem_ben' })] };
  const respond = () => of({ data: { channel: { ...channel, members } } });
  render(
    <PresencesContext value={new Presences({ watch: () => () => {} })}>
      <ChannelMembersDialog channel={channel} open onClose={() => {}} />
    </PresencesContext>,
    inWorkspace({ me: { role: 'ADMIN' }, respond }),
  );
  fireEvent.click(await screen.findByRole('button', { name: 'Remove mem_ben' }));
  await screen.findByText(consequence);
});
