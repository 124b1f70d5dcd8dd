/** Channel mentions: permissions and confirmation. */
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { ChannelMentions, MemberRole } from '../../gql/graphql';
import { inWorkspace } from '../workspace/workspaceFixture';
import { Composer } from './Composer';

interface Place {
  memberCount?: number;
  kind?: 'PUBLIC' | 'DIRECT';
  who?: ChannelMentions;
  role?: MemberRole;
  /** The stored text before the edit. */
  before?: string;
}

function show(text: string, place: Place): [string, boolean][] {
  const { memberCount = 2, kind = 'PUBLIC', who = 'EVERYONE', role = 'MEMBER', before } = place;
  const sent: [string, boolean][] = [];
  render(
    <Composer
      label="Message"
      channelId="chn_1"
      initialText={text}
      {...(before !== undefined && { edited: { stored: before, held: [] } })}
      onSend={(stored, _, confirmed) => sent.push([stored, confirmed])}
    />,
    inWorkspace({
      ...{ workspace: { channelMentions: who }, me: { role } },
      channels: [{ id: 'chn_1', kind, memberCount }],
    }),
  );
  return sent;
}

const enter = () => fireEvent.keyDown(screen.getByLabelText('Message'), { key: 'Enter' });
const refusal = () => screen.queryByText(/Only owners and admins can mention everyone here/);

it('asks for confirmation above 50 members', () => {
  const few = show('@channel lunch', { memberCount: 50 });
  enter();
  expect(few).toEqual([['<!channel> lunch', false]]);
  cleanup();
  const many = show('@here lunch', { memberCount: 51 });
  enter();
  expect(many).toEqual([]);
  screen.getByText(/This notifies 51 people/);
  fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(many).toEqual([]);
  enter();
  fireEvent.click(screen.getByRole('button', { name: 'Mention everyone' }));
  expect(many).toEqual([['<!here> lunch', true]]);
});

it('does not ask for text that is not a mention or already was one', () => {
  const code = show('`@channel` is a mention', { memberCount: 500 });
  enter();
  expect(code).toEqual([['`@channel` is a mention', false]]);
  cleanup();
  const edited = show('@channel supper', { memberCount: 500, before: '<!channel> lunch' });
  fireEvent.change(screen.getByLabelText('Message'), { target: { value: '@channel supper!' } });
  enter();
  expect(edited).toEqual([['<!channel> supper!', false]]);
});

it('offers channel mentions only to permitted members', () => {
  const offered = (place: Place) => {
    show('@', place);
    fireEvent.select(screen.getByLabelText('Message'));
    const found = screen.queryAllByRole('option').map((one) => one.textContent);
    cleanup();
    return found;
  };
  expect(offered({ who: 'ADMINS' })).toEqual([]);
  for (const place of [{}, { who: 'ADMINS', role: 'OWNER' }] satisfies Place[]) {
    expect(offered(place)).toHaveLength(2);
  }
});

it('rejects channel mentions without permission', () => {
  const refused = show('@channel lunch', { who: 'ADMINS' });
  expect(refusal()).not.toBeNull();
  for (const send of [enter, () => fireEvent.click(screen.getByRole('button', { name: 'Send' }))]) {
    send();
    expect(screen.getByRole('alert').textContent).toMatch(/^Not sent: only owners and admins/);
  }
  expect(refused).toEqual([]);
  cleanup();
  for (const place of [
    { who: 'ADMINS', role: 'ADMIN' },
    { who: 'ADMINS', kind: 'DIRECT' },
  ] as const) {
    const sent = show('@channel lunch', place);
    expect(refusal()).toBeNull();
    enter();
    expect(sent).toEqual([['<!channel> lunch', false]]);
    cleanup();
  }
});
