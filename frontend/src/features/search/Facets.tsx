/** Result counts by channel, author and month, which add filters. */
import type { ReactNode } from 'react';
import { m } from '../../paraglide/messages';
import { Avatar } from '../../ui/Avatar';
import { ChannelIcon } from '../channel/ChannelIcon';
import { type Channel, channelTitle, directPartner } from '../channel/channel';
import { useMe } from '../workspace/workspaceContext';
import { formatMonth } from './completion';
import { hasOperator, quoted, withOperator } from './query';
import type { SearchFacets } from './search';

const maxShown = 6;

interface Facet {
  operator: string;
  title: string;
  picture: ReactNode;
  count: number;
}

interface Props {
  facets: SearchFacets;
  text: string;
  onChangeText(text: string): void;
}

export function Facets({ facets, text, onChangeText }: Props) {
  const me = useMe();
  const groups: [string, Facet[]][] = [
    [m.search_facets_channels(), facets.channels.flatMap((one) => channelFacet(one, me.id))],
    [
      m.search_facets_people(),
      facets.authors.map(({ author, count }) => ({
        operator: `from:@${author.handle}`,
        title: author.name,
        picture: <Avatar id={author.id} name={author.name} url={author.avatarUrl} size={16} />,
        count,
      })),
    ],
    [
      m.search_facets_months(),
      facets.months.map(({ month, count }) => ({
        operator: `during:${month}`,
        title: formatMonth(month),
        picture: null,
        count,
      })),
    ],
  ];
  // A group with a single facet would not narrow the results.
  const narrowing = groups.filter(([, all]) => all.length > 1);
  if (narrowing.length === 0) return null;
  return (
    <aside
      aria-label={m.search_facets_label()}
      className="mb-4 flex gap-4 overflow-x-auto p-0.5 lg:mb-0 lg:w-52 lg:shrink-0 lg:flex-col lg:overflow-visible"
    >
      {narrowing.map(([title, all]) => (
        <section key={title} aria-label={title} className="shrink-0">
          <h2 className="mb-1 text-[12px] font-semibold text-faint">{title}</h2>
          <ul className="flex gap-1 lg:flex-col lg:gap-0">
            {all
              .filter(({ operator }) => !hasOperator(text, operator))
              .slice(0, maxShown)
              .map((facet) => (
                <li key={facet.operator}>
                  <FacetButton
                    facet={facet}
                    onPress={() => onChangeText(withOperator(text, facet.operator))}
                  />
                </li>
              ))}
          </ul>
        </section>
      ))}
    </aside>
  );
}

function FacetButton({ facet, onPress }: { facet: Facet; onPress(): void }) {
  const { operator, title, picture, count } = facet;
  return (
    <button
      type="button"
      title={operator}
      onClick={onPress}
      className="flex h-7.5 w-full max-w-52 items-center gap-1.5 rounded-md border border-line bg-raised px-2 text-[13px] text-soft hover:bg-hover hover:text-ink lg:border-transparent lg:bg-transparent"
    >
      {picture}
      <bdi className="min-w-0 flex-1 truncate text-left">{title}</bdi>
      <span className="text-[12px] text-faint tabular-nums">{count}</span>
    </button>
  );
}

/** Omits group conversations, which have no name to filter by. */
function channelFacet(
  { channel, count }: { channel: Channel; count: number },
  meId: string,
): Facet[] {
  const other = directPartner(channel, meId);
  if (channel.kind === 'DIRECT' && !other) return [];
  return [
    {
      operator: `in:${other ? `@${other.handle}` : quoted(`#${channel.name}`)}`,
      title: channelTitle(channel, meId),
      picture: <ChannelIcon kind={channel.kind} size={13} />,
      count,
    },
  ];
}
