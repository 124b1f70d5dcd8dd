/** What the channel menu and the bar of an archived channel offer, and what they send. */
import type { ApolloLink } from '@apollo/client';
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { useState } from 'react';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Boot } from '../workspace/boot';
import { inWorkspace } from '../workspace/workspaceFixture';
import { ArchivedBar } from './ArchivedBar';
import { ChannelDialogs } from './ChannelDialogs';
import { type ChannelDialog, ChannelMenu } from './ChannelMenu';
import type { Channel } from './channel';
import { channelWith } from './channelFixture';
import { useUnarchiveChannel } from './useUnarchiveChannel';

const channel = channelWith({ name: 'plans', topic: 'old topic' });
const workspaceCreatedAt = '2025-12-01T00:00:00.000Z';
const archived = { ...channel, archivedAt: '2026-01-02T00:00:00.000Z' };

type Viewer = Pick<Boot['me'], 'id' | 'role'>;

/** The menu with its dialogs. */
function Page({ shown }: { shown: Channel }) {
  const [open, setOpen] = useState<ChannelDialog | null>(null);
  const unarchive = useUnarchiveChannel(shown.id);
  return (
    <>
      <ChannelMenu
        channel={shown}
        onOpen={setOpen}
        onUnarchive={unarchive.run}
        onLeave={() => {}}
      />
      <ChannelDialogs
        channel={shown}
        open={open}
        onClose={() => setOpen(null)}
        onLeave={() => {}}
      />
      {shown.archivedAt && <ArchivedBar channel={shown} />}
    </>
  );
}

/** Renders a channel for a member. Returns the mutations sent, which are refused for a reason if one is given. */
function open(shown: Channel, me: Viewer, reason?: string) {
  const sent: [string, Record<string, unknown>][] = [];
  const respond: ApolloLink.RequestHandler = ({ operationName = '', variables }) => {
    const { commandId, ...input } = variables.input;
    sent.push([operationName, input]);
    const field = operationName.charAt(0).toLowerCase() + operationName.slice(1);
    if (reason) {
      return of({ errors: [{ message: '', extensions: { code: 'CONFLICT', reason } }] });
    }
    const payload = { __typename: `${operationName}Payload`, channel: shown, seq: 8 };
    return of({ data: { [field]: payload } });
  };
  const workspace = { createdAt: workspaceCreatedAt };
  render(<Page shown={shown} />, inWorkspace({ me, workspace, respond }));
  return sent;
}

const creator = { id: 'mem_ann', role: 'MEMBER' } as const;
const member = { id: 'mem_ben', role: 'MEMBER' } as const;
const admin = { id: 'mem_cy', role: 'ADMIN' } as const;

async function itemsFor(shown: Channel, me: Viewer) {
  open(shown, me);
  fireEvent.click(screen.getByRole('button', { name: 'More' }));
  const items = await screen.findAllByRole('menuitem');
  return items.map((item) => item.textContent);
}

async function choose(item: string, dialog: string) {
  fireEvent.click(screen.getByRole('button', { name: 'More' }));
  fireEvent.click(await screen.findByRole('menuitem', { name: item }));
  return within(await screen.findByRole('dialog', { name: dialog }));
}

describe('the channel menu', () => {
  it('offers renaming and archiving to the creator and to admins', async () => {
    const everything = [
      ...['Add people', 'Edit topic', 'Rename channel', 'Archive channel'],
      'Leave channel',
    ];
    expect(await itemsFor(channel, creator)).toEqual(everything);
    cleanup();
    expect(await itemsFor(channel, admin)).toEqual(everything);
    cleanup();
    expect(await itemsFor(channel, member)).toEqual(['Add people', 'Edit topic', 'Leave channel']);
  });

  it('offers admins outside of the channel what needs no membership', async () => {
    const outside = { ...channel, viewerIsMember: false };
    expect(await itemsFor(outside, admin)).toEqual(['Rename channel', 'Archive channel']);
    cleanup();
    open(outside, member);
    expect(screen.queryByRole('button', { name: 'More' })).toBeNull();
  });

  it('offers no archiving of the first channel, which every member joins', async () => {
    const first = { ...channel, createdAt: workspaceCreatedAt };
    expect(await itemsFor(first, admin)).toEqual([
      ...['Add people', 'Edit topic', 'Rename channel', 'Leave channel'],
    ]);
  });

  it('offers to unarchive and to leave an archived channel', async () => {
    expect(await itemsFor(archived, creator)).toEqual(['Unarchive channel', 'Leave channel']);
    cleanup();
    expect(await itemsFor(archived, member)).toEqual(['Leave channel']);
  });

  it('unarchives the channel at once', async () => {
    const sent = open(archived, admin);
    fireEvent.click(screen.getByRole('button', { name: 'More' }));
    fireEvent.click(await screen.findByRole('menuitem', { name: 'Unarchive channel' }));
    await waitFor(() => expect(sent).toEqual([['UnarchiveChannel', { channelId: 'chn_1' }]]));
  });

  it('renames the channel and shows why it cannot', async () => {
    const sent = open(channel, creator, 'CHANNEL_NAME_TAKEN');
    const dialog = await choose('Rename channel', 'Rename channel');
    fireEvent.change(dialog.getByLabelText('Name'), { target: { value: 'Big plans' } });
    fireEvent.click(dialog.getByRole('button', { name: 'Save' }));
    const refusal = await dialog.findByRole('alert');
    expect(refusal.textContent).toBe('Another channel has this name. Choose a different one.');
    expect(dialog.getByLabelText('Name').getAttribute('aria-invalid')).toBe('true');
    expect(sent).toEqual([['RenameChannel', { channelId: 'chn_1', name: 'Big plans' }]]);
  });

  it('does not blame the name for an archived channel', async () => {
    open(channel, creator, 'CHANNEL_ARCHIVED');
    const dialog = await choose('Rename channel', 'Rename channel');
    fireEvent.click(dialog.getByRole('button', { name: 'Save' }));
    await dialog.findByText('This channel is archived.');
    expect(dialog.getByLabelText('Name').getAttribute('aria-invalid')).toBe('false');
  });

  it('edits the topic', async () => {
    const sent = open(channel, member);
    const dialog = await choose('Edit topic', 'Edit topic');
    const field = dialog.getByLabelText('Topic') as HTMLInputElement;
    expect(field.value).toBe('old topic');
    fireEvent.change(field, { target: { value: ' ' } });
    fireEvent.click(dialog.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(sent).toEqual([['SetChannelTopic', { channelId: 'chn_1', topic: '' }]]);
  });

  it('archives the channel after confirmation', async () => {
    const sent = open(channel, admin);
    const dialog = await choose('Archive channel', 'Archive #plans?');
    expect(sent).toEqual([]);
    fireEvent.click(dialog.getByRole('button', { name: 'Archive' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(sent).toEqual([['ArchiveChannel', { channelId: 'chn_1' }]]);
  });
});

describe('the bar of an archived channel', () => {
  it('lets those who may unarchive it', async () => {
    const sent = open(archived, creator);
    expect(screen.getByRole('status').textContent).toContain('This channel is archived.');
    fireEvent.click(screen.getByRole('button', { name: 'Unarchive' }));
    await waitFor(() => expect(sent).toEqual([['UnarchiveChannel', { channelId: 'chn_1' }]]));
  });

  it('has no button for other members', () => {
    open(archived, member);
    screen.getByRole('status');
    expect(screen.queryByRole('button', { name: 'Unarchive' })).toBeNull();
  });
});
