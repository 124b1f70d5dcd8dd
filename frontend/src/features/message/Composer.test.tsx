/** What the composer counts and sends: the text as it is stored, with the people it mentions. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { ApolloProvider } from '@apollo/client/react';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { of } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { createCache } from '../../apollo/cache';
import { type OpenWorkspace, WorkspaceContext } from '../workspace/workspaceContext';
import { Composer } from './Composer';

const noEmoji: readonly never[] = [];
const id = 'mem_01890a5d-ac96-774b-bcce-b302099a8057';

/** A server that knows one person, whom this device has not met. */
function show(initialText: string): string[] {
  const sent: string[] = [];
  const link = new ApolloLink(({ variables }) => {
    const ann = {
      id,
      handle: 'ann',
      name: 'Ann',
      role: 'MEMBER',
      active: true,
      joinedAt: '',
      avatarUrl: null,
    };
    const nodes = variables?.search === 'ann' ? [{ __typename: 'Member', ...ann }] : [];
    const members = { __typename: 'MemberConnection', nodes };
    return of({ data: { workspace: { __typename: 'Workspace', id: 'wks_1', members } } });
  });
  render(
    <ApolloProvider client={new ApolloClient({ cache: createCache(), link })}>
      <WorkspaceContext value={{ id: 'wks_1', emoji: noEmoji } as unknown as OpenWorkspace}>
        <Composer label="Message" initialText={initialText} onSend={(text) => sent.push(text)} />
      </WorkspaceContext>
    </ApolloProvider>,
  );
  return sent;
}

afterEach(cleanup);

const field = () => screen.getByLabelText('Message');
const counter = () => screen.queryByRole('status')?.textContent;

it('mentions whom a pasted handle means, and sends the others as text', async () => {
  const sent = show('@ann and @nobody, see `@ann`');
  fireEvent.keyDown(field(), { key: 'Enter' });
  await waitFor(() => expect(sent).toEqual([`<@${id}> and @nobody, see \`@ann\``]));
});

it('says which handles mention somebody', async () => {
  show('@ann and @nobody');
  await screen.findByText('Mentions @ann · No one named @nobody');
});

it('counts what is sent: mentions by id, and no blanks around', async () => {
  show(`  @ann ${'x'.repeat(15_990)}  `);
  // 15,995 characters as it is written; stored, the mention alone is one of 43.
  await waitFor(() => expect(counter()).toBe('34 too many'));
});

describe('keys of an input method', () => {
  const composing = { keyCode: 229, isComposing: true };
  // Safari ends the composition before the key that ended it.
  const ended = { keyCode: 229, isComposing: false };

  it.each([composing, ended])('send nothing (%o), and the next Enter does', (key) => {
    const sent = show('日本');
    fireEvent.keyDown(field(), { key: 'Enter', ...key });
    expect(sent).toEqual([]);
    fireEvent.keyDown(field(), { key: 'Enter', keyCode: 13 });
    expect(sent).toEqual(['日本']);
  });

  it.each([composing, ended])('choose, move and close nothing in a list (%o)', async (key) => {
    const sent = show('@');
    fireEvent.select(field());
    const chosen = () =>
      screen
        .getAllByRole('option')
        .findIndex((one) => one.getAttribute('aria-selected') === 'true');
    await waitFor(() => expect(chosen()).toBe(0));
    for (const name of ['Enter', 'Tab', 'ArrowDown', 'ArrowUp', 'Escape']) {
      fireEvent.keyDown(field(), { key: name, ...key });
      expect(chosen(), name).toBe(0);
      expect((field() as HTMLTextAreaElement).value).toBe('@');
    }
    fireEvent.keyDown(field(), { key: 'ArrowDown', keyCode: 40 });
    expect(chosen()).toBe(1);
    expect(sent).toEqual([]);
  });
});
