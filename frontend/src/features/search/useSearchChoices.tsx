/** Search completion, including members and channels. */
import { CalendarDays, ListFilter, User } from 'lucide-react';
import type { ReactNode } from 'react';
import { m } from '../../paraglide/messages';
import { Avatar } from '../../ui/Avatar';
import type { Choice, Completion } from '../../ui/CompletionMenu';
import { ChannelIcon } from '../channel/ChannelIcon';
import { byTitle, type Channel, channelTitle, directPartner, isArchived } from '../channel/channel';
import { normalizeHandle } from '../member/handle';
import type { Member } from '../member/member';
import { useMemberSearch } from '../member/useMemberSearch';
import type { ViewerChannel } from '../workspace/boot';
import { useMe, useViewerChannels, useWorkspace } from '../workspace/workspaceContext';
import {
  type CaretWord,
  caretWordAt,
  fixedSuggestions,
  operatorSuggestions,
  type Suggestion,
} from './completion';
import { type Key, quoted } from './query';
import { type Named, useNames } from './useNames';

const maxShown = 8;

/** A completion with the end of the replaced range. */
export interface SearchCompletion extends Completion {
  to: number;
  /** The value is incomplete, so the search should not run yet. */
  isUnfinished: boolean;
}

export function useSearchChoices(
  text: string,
  caret: number | null,
  dismissedAt: number | null,
): SearchCompletion | null {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const channels = useViewerChannels();
  const written = caret === null ? null : caretWordAt(text, caret);
  const writing = written && written.from !== dismissedAt ? written : null;
  const name = writing?.key && nameKeys.has(writing.key) ? normalizeName(writing.word) : null;
  const isChannelValue = writing?.key === 'in';
  const { names: found, loading: namesLoad } = useNames(isChannelValue ? name : null, maxShown * 2);
  const { members, loading: peopleLoad } = useMemberSearch(
    workspaceId,
    isChannelValue ? null : name,
  );
  const loading = isChannelValue ? namesLoad : name !== null && peopleLoad;
  if (!writing) return null;
  const choices = choicesOf(writing, { found, members, me, channels }).slice(0, maxShown);
  const { from, to, word, key } = writing;
  // Enter does not change a value that is already valid.
  const isWhole = choices.some((choice) => normalizeName(choice.insert) === normalizeName(word));
  if (isWhole && choices.length === 1) return null;
  const isUnfinished = key !== null && !isWhole && (choices.length > 0 || loading);
  const label = key ? m.search_choices_values({ key }) : m.search_choices_filters();
  return { from, to, word, label, choices, isUnfinished, isOptional: key === null || isWhole };
}

const nameKeys: ReadonlySet<Key> = new Set<Key>(['from', 'in', 'to', 'with']);

/** A name without its prefix. */
function normalizeName(name: string): string {
  return normalizeHandle(name.replace(/^#/, ''));
}

interface Known {
  /** Channels and members that match the typed name. */
  found: readonly Named[] | null;
  /** Members, best match first. */
  members: readonly Member[];
  me: Member;
  /** The viewer's channels. */
  channels: readonly ViewerChannel[];
}

function choicesOf({ key, word }: CaretWord, known: Known): Choice[] {
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
  return key === 'in' ? channelChoices(word, known) : memberChoices(key, word, known);
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

/** Members, with `me` first. */
function memberChoices(key: Key, word: string, { members, me }: Known): Choice[] {
  const others = normalizeName(word) === '' ? members.filter(({ id }) => id !== me.id) : members;
  const isMe = key !== 'with' && 'me'.startsWith(normalizeName(word));
  const meSuggestion = { insert: 'me', title: 'me', detail: me.name };
  return [
    ...(isMe ? [choiceOf(meSuggestion, <User size={15} />)] : []),
    ...others.map((member) => memberChoice(member)),
  ];
}

/** Channels, and members with a direct channel. */
function channelChoices(word: string, { found, me, channels }: Known): Choice[] {
  const direct = new Set(channels.flatMap((channel) => directPartner(channel, me.id)?.id ?? []));
  const active = channels.filter((channel) => !isArchived(channel));
  const viewerChannels = active.sort(byTitle(me.id)).flatMap((channel): Named[] => {
    const member = directPartner(channel, me.id);
    if (member) return [{ kind: 'member', member }];
    return channel.kind === 'DIRECT' ? [] : [{ kind: 'channel', channel }];
  });
  const first = (kind: Named['kind']) => viewerChannels.filter((one) => one.kind === kind);
  const named =
    normalizeName(word) === '' ? [...first('channel'), ...first('member')] : (found ?? []);
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
    detail: isArchived(channel) ? m.channel_archived() : channel.topic,
  };
}
