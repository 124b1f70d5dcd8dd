/** What the word at the caret of the search field can become, people and channels among it. */
import { CalendarDays, ListFilter, User } from 'lucide-react';
import type { ReactNode } from 'react';
import { Avatar } from '../../ui/Avatar';
import { ChannelIcon } from '../channel/ChannelIcon';
import { byTitle, type Channel, channelTitle, otherOf } from '../channel/channel';
import type { Member } from '../member/member';
import type { Choice, Completion } from '../message/CompletionMenu';
import { type OpenWorkspace, useWorkspace } from '../workspace/workspaceContext';
import {
  fixedSuggestions,
  operatorSuggestions,
  type Suggestion,
  type Writing,
  writingAt,
} from './completion';
import { type Key, quoted } from './query';
import { type Named, useNames } from './useNames';

const mostShown = 8;

/** A completion that knows up to where it takes the place of what is written. */
export interface SearchCompletion extends Completion {
  to: number;
}

export function useSearchChoices(
  text: string,
  caret: number | null,
  closedAt: number | null,
): SearchCompletion | null {
  const workspace = useWorkspace();
  const written = caret === null ? null : writingAt(text, caret);
  const writing = written && written.from !== closedAt ? written : null;
  const takesName = writing?.key && nameKeys.has(writing.key);
  const found = useNames(takesName ? bare(writing.word) : null, mostShown * 2);
  if (!writing) return null;
  const choices = choicesOf(writing, found, workspace).slice(0, mostShown);
  const { from, to, word, key } = writing;
  // What can stand as it is, is not changed by Enter.
  const isWhole = choices.some((choice) => bare(choice.insert) === bare(word));
  if (isWhole && choices.length === 1) return null;
  const label = key ? `Values of ${key}:` : 'Filters';
  return { from, to, word, label, choices, isOffer: key === null || isWhole };
}

const nameKeys: ReadonlySet<Key> = new Set<Key>(['from', 'in', 'to', 'with']);

/** A name without its sign. */
function bare(name: string): string {
  return name.replace(/^[#@]/, '').toLowerCase();
}

function choicesOf(
  { key, word }: Writing,
  found: readonly Named[] | null,
  workspace: OpenWorkspace,
): Choice[] {
  if (key === null) {
    return operatorSuggestions(word).map((one) => choiceOf(one, <ListFilter size={15} />));
  }
  if (!nameKeys.has(key)) {
    const fixed = fixedSuggestions(key, word, new Date());
    const isDate = key !== 'has' && key !== 'is';
    return fixed.map((one) =>
      choiceOf(one, isDate ? <CalendarDays size={15} /> : <ListFilter size={15} />),
    );
  }
  return key === 'in' ? places(word, found, workspace) : people(key, word, found, workspace);
}

function choiceOf(suggestion: Suggestion, picture: ReactNode): Choice {
  return { key: suggestion.insert, picture, ...suggestion };
}

function memberChoice({ id, name, handle }: Member): Choice {
  return {
    key: id,
    insert: `@${handle}`,
    picture: <Avatar id={id} name={name} size={22} />,
    title: name,
    detail: `@${handle}`,
  };
}

/** Oneself first; before anything is written, those one has direct messages with. */
function people(
  key: Key,
  word: string,
  found: readonly Named[] | null,
  { me, channels }: OpenWorkspace,
): Choice[] {
  const known = channels.flatMap((channel) => otherOf(channel, me.id) ?? []);
  const members =
    bare(word) === ''
      ? known
      : (found ?? []).flatMap((named) => (named.kind === 'member' ? named.member : []));
  const others = members.filter(({ id }) => id !== me.id || bare(word) !== '');
  const isMe = key !== 'with' && 'me'.startsWith(bare(word));
  const myself = { insert: 'me', title: 'me', detail: me.name };
  return [
    ...(isMe ? [choiceOf(myself, <User size={15} />)] : []),
    ...others.map((member) => memberChoice(member)),
  ];
}

/** Channels, and the people with whom there is a direct one. */
function places(
  word: string,
  found: readonly Named[] | null,
  { me, channels }: OpenWorkspace,
): Choice[] {
  const direct = new Set(channels.flatMap((channel) => otherOf(channel, me.id)?.id ?? []));
  const mine = [...channels].sort(byTitle(me.id));
  const named: readonly Named[] =
    bare(word) === ''
      ? [
          ...mine.flatMap((channel): Named[] =>
            channel.kind === 'DIRECT' ? [] : [{ kind: 'channel', channel }],
          ),
          ...mine.flatMap((channel): Named[] => {
            const member = otherOf(channel, me.id);
            return member ? [{ kind: 'member', member }] : [];
          }),
        ]
      : (found ?? []);
  return named.flatMap((one) => {
    if (one.kind === 'channel') return channelChoice(one.channel, me.id);
    return direct.has(one.member.id) ? memberChoice(one.member) : [];
  });
}

function channelChoice(channel: Channel, meId: string): Choice {
  return {
    key: channel.id,
    insert: quoted(`#${channel.name}`),
    picture: <ChannelIcon kind={channel.kind} />,
    title: channelTitle(channel, meId),
    detail: channel.topic,
  };
}
