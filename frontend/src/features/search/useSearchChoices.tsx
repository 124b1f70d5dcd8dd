/** What the word at the caret of the search field can become, people and channels among it. */
import { CalendarDays, ListFilter, User } from 'lucide-react';
import type { ReactNode } from 'react';
import { Avatar } from '../../ui/Avatar';
import { ChannelIcon } from '../channel/ChannelIcon';
import { byTitle, type Channel, channelTitle, otherOf } from '../channel/channel';
import { normalHandle } from '../member/handle';
import type { Member } from '../member/member';
import { useMemberSearch } from '../member/useMemberSearch';
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
  /** As it is, it is no value that means anything: there is nothing to search for yet. */
  isUnfinished: boolean;
}

export function useSearchChoices(
  text: string,
  caret: number | null,
  closedAt: number | null,
): SearchCompletion | null {
  const workspace = useWorkspace();
  const written = caret === null ? null : writingAt(text, caret);
  const writing = written && written.from !== closedAt ? written : null;
  const name = writing?.key && nameKeys.has(writing.key) ? bare(writing.word) : null;
  const isPlace = writing?.key === 'in';
  const { names: found, loading: namesLoad } = useNames(isPlace ? name : null, mostShown * 2);
  const { members, loading: peopleLoad } = useMemberSearch(workspace.id, isPlace ? null : name);
  const loading = isPlace ? namesLoad : name !== null && peopleLoad;
  if (!writing) return null;
  const choices = choicesOf(writing, { found, members, workspace }).slice(0, mostShown);
  const { from, to, word, key } = writing;
  // What can stand as it is, is not changed by Enter.
  const isWhole = choices.some((choice) => bare(choice.insert) === bare(word));
  if (isWhole && choices.length === 1) return null;
  const isUnfinished = key !== null && !isWhole && (choices.length > 0 || loading);
  const label = key ? `Values of ${key}:` : 'Filters';
  return { from, to, word, label, choices, isUnfinished, isOffer: key === null || isWhole };
}

const nameKeys: ReadonlySet<Key> = new Set<Key>(['from', 'in', 'to', 'with']);

/** A name without its sign. */
function bare(name: string): string {
  return normalHandle(name.replace(/^#/, ''));
}

interface Known {
  /** Channels and people of the name that is being written. */
  found: readonly Named[] | null;
  /** People, the best first. */
  members: readonly Member[];
  workspace: OpenWorkspace;
}

function choicesOf({ key, word }: Writing, known: Known): Choice[] {
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
  return key === 'in' ? places(word, known) : people(key, word, known);
}

function choiceOf(suggestion: Suggestion, picture: ReactNode): Choice {
  return { key: suggestion.insert, picture, ...suggestion };
}

function memberChoice({ id, name, handle, avatarUrl }: Member): Choice {
  return {
    key: id,
    insert: `@${handle}`,
    picture: <Avatar id={id} name={name} url={avatarUrl} size={22} />,
    title: name,
    detail: `@${handle}`,
  };
}

/** Oneself first. */
function people(key: Key, word: string, { members, workspace: { me } }: Known): Choice[] {
  const others = bare(word) === '' ? members.filter(({ id }) => id !== me.id) : members;
  const isMe = key !== 'with' && 'me'.startsWith(bare(word));
  const myself = { insert: 'me', title: 'me', detail: me.name };
  return [
    ...(isMe ? [choiceOf(myself, <User size={15} />)] : []),
    ...others.map((member) => memberChoice(member)),
  ];
}

/** Channels, and the people with whom there is a direct one. */
function places(word: string, { found, workspace: { me, channels } }: Known): Choice[] {
  const direct = new Set(channels.flatMap((channel) => otherOf(channel, me.id)?.id ?? []));
  const mine = [...channels].sort(byTitle(me.id)).flatMap((channel): Named[] => {
    const member = otherOf(channel, me.id);
    if (member) return [{ kind: 'member', member }];
    return channel.kind === 'DIRECT' ? [] : [{ kind: 'channel', channel }];
  });
  const first = (kind: Named['kind']) => mine.filter((one) => one.kind === kind);
  const named = bare(word) === '' ? [...first('channel'), ...first('member')] : (found ?? []);
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
