/** A line in the list: who came into the channel and who went. */
import { Fragment } from 'react';
import { useMember } from '../member/member';
import { useWorkspace } from '../workspace/workspaceContext';
import { type MovesOfOneKind, movesInGroups } from './movesInGroups';
import type { Move } from './timelines';

/** More than these are a number. */
const mostNamed = 5;

export function MovesRow({ moves }: { moves: readonly Move[] }) {
  return (
    <div className="px-4 py-1.5 pl-16 text-[13px] text-faint">
      {movesInGroups(moves).map((group) => (
        <p key={group.seq}>
          <Sentence group={group} />
        </p>
      ))}
    </div>
  );
}

function Sentence({ group: { kind, memberIds, actorId } }: { group: MovesOfOneKind }) {
  if (actorId === null) {
    return (
      <>
        <Names ids={memberIds} /> {kind === 'came' ? 'joined' : 'left'}
      </>
    );
  }
  return (
    <>
      <Names ids={[actorId]} /> {kind === 'came' ? 'added' : 'removed'} <Names ids={memberIds} />
    </>
  );
}

function Names({ ids }: { ids: readonly string[] }) {
  const named = ids.length > mostNamed ? ids.slice(0, mostNamed - 1) : ids;
  const others = ids.length - named.length;
  return (
    <>
      {named.map((id, at) => (
        <Fragment key={id}>
          {at > 0 && (at === ids.length - 1 ? ' and ' : ', ')}
          <Name id={id} />
        </Fragment>
      ))}
      {others > 0 && ` and ${others} others`}
    </>
  );
}

function Name({ id }: { id: string }) {
  const { id: workspaceId, me } = useWorkspace();
  const member = useMember(workspaceId, id);
  return (
    <bdi className="font-medium text-soft">{id === me.id ? 'You' : (member?.name ?? '…')}</bdi>
  );
}
