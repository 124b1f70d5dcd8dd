/** The composer counts and sends the stored form of the text, with mentions by id. */
import type { ApolloCache, ApolloLink } from '@apollo/client';
import { act, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Member } from '../member/member';
import { writeMember } from '../member/memberCache';
import { memberId, memberWith } from '../member/memberFixture';
import { inWorkspace } from '../workspace/workspaceFixture';
import { Composer } from './Composer';

const id = memberId('a');
const called = (id: string, handle: string, name: string) => memberWith({ id, handle, name });
const ann = called(id, 'ann', 'Ann');

/** Renders a composer. The server has members that are not cached. */
function show(initialText: string, people: readonly Member[] = [ann]): string[] {
  const sent: string[] = [];
  const respond: ApolloLink.RequestHandler = ({ operationName, variables }) => {
    const members = people.filter(({ handle }) => variables.handles.includes(handle));
    if (operationName === 'MembersByHandle') return of({ data: { members } });
    const nodes = people.filter(({ handle, name }) =>
      [handle, name.toLowerCase()].some((one) => one.includes(variables.search)),
    );
    const found = { __typename: 'MemberConnection', nodes: nodes.slice(0, variables.first) };
    const workspace = { __typename: 'Workspace', id: 'wks_1', members: found };
    return of({ data: { workspace, switcher: [], members } });
  };
  const place = inWorkspace({ respond });
  cache = place.client.cache;
  render(
    <Composer label="Message" initialText={initialText} onSend={(text) => sent.push(text)} />,
    place,
  );
  return sent;
}

let cache: ApolloCache;

const field = () => screen.getByLabelText('Message');
const counter = () => screen.queryByRole('status')?.textContent;

it('resolves pasted handles, and sends unknown ones as text', async () => {
  const sent = show('@ann and @nobody, see `@ann`');
  fireEvent.keyDown(field(), { key: 'Enter' });
  await waitFor(() => expect(sent).toEqual([`<@${id}> and @nobody, see \`@ann\``]));
});

it('shows which handles are mentions', async () => {
  show('@ann and @nobody ');
  await screen.findByText('Mentions @ann · No one named @nobody');
});

it('does not report the handle at the caret', async () => {
  show('@nobody and @an');
  fireEvent.select(field());
  await screen.findByRole('option', { name: /Ann/ });
  await screen.findByText('No one named @nobody');
  fireEvent.change(field(), { target: { value: '@nobody and @an ' } });
  await screen.findByText('No one named @nobody, @an');
});

it('counts the stored form: mentions by id, trimmed', async () => {
  show(`  @ann ${'x'.repeat(15_990)}  `);
  // 15,995 characters as typed. Stored, the mention alone has 59.
  await waitFor(() => expect(counter()).toBe('50 characters over the limit'));
});

it('explains why a message that is too long is not sent', () => {
  const sent = show('x'.repeat(16_001));
  expect(screen.queryByRole('alert')).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: 'Send' }));
  expect(screen.getByRole('alert').textContent).toBe('Not sent: the message is too long.');
  fireEvent.change(field(), { target: { value: 'x' } });
  expect(screen.queryByRole('alert')).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: 'Send' }));
  expect(sent).toEqual(['x']);
});

describe('input method keys', () => {
  const composing = { keyCode: 229, isComposing: true };
  // Safari ends the composition before the key that ended it.
  const ended = { keyCode: 229, isComposing: false };

  it.each([composing, ended])('do not send (%o); the next Enter does', (key) => {
    const sent = show('日本');
    fireEvent.keyDown(field(), { key: 'Enter', ...key });
    expect(sent).toEqual([]);
    fireEvent.keyDown(field(), { key: 'Enter', keyCode: 13 });
    expect(sent).toEqual(['日本']);
  });

  it.each([composing, ended])('do not control the completion menu (%o)', async (key) => {
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

describe('mention resolution', () => {
  const crowd = (length: number) =>
    Array.from({ length }, (_, at) => called(`mem_${at}`, `amma-${at}`, `Amma ${at} Immer mm zq`));

  it('completes the exact handle on Enter among many partial matches', async () => {
    show('@mm', [...crowd(60), called('mem_aram', 'aram', 'Aram Mmadi'), called(id, 'mm', 'Max')]);
    fireEvent.select(field());
    await waitFor(() => expect(screen.getAllByRole('option')[0]?.textContent).toMatch(/Max @mm$/));
    fireEvent.keyDown(field(), { key: 'Enter' });
    expect((field() as HTMLTextAreaElement).value).toBe('@mm ');
  });

  it('mentions an exact handle without picking it', async () => {
    const sent = show('@zq hello', [...crowd(130), called(id, 'zq', 'Zoe Quist')]);
    fireEvent.keyDown(field(), { key: 'Enter' });
    await waitFor(() => expect(sent).toEqual([`<@${id}> hello`]));
  });

  it('updates when a member takes the handle', async () => {
    const people: Member[] = [];
    const sent = show('@zed hello', people);
    await screen.findByText('No one named @zed');
    const zed = called(id, 'zed', 'Zed');
    people.push(zed);
    act(() => writeMember(cache, zed));
    await screen.findByText('Mentions @zed');
    fireEvent.keyDown(field(), { key: 'Enter' });
    expect(sent).toEqual([`<@${id}> hello`]);
  });

  it('looks unknown handles up again on send', async () => {
    const people: Member[] = [];
    const sent = show('@zed hello', people);
    await screen.findByText('No one named @zed');
    people.push(called(id, 'zed', 'Zed'));
    fireEvent.keyDown(field(), { key: 'Enter' });
    await waitFor(() => expect(sent).toEqual([`<@${id}> hello`]));
  });
});
