/** A system row: members who joined or left the channel. */
import { Fragment } from 'react';
import { useMember } from '../member/member';
import type { MembershipChange } from '../message/timelines';
import { useMe, useWorkspace } from '../workspace/workspaceContext';
import { groupMembershipChanges, type MembershipGroup } from './groupMembershipChanges';

/** Maximum number of names. Further members are counted. */
const maxNamed = 5;

export function MembershipRow({
  membershipChanges,
}: {
  membershipChanges: readonly MembershipChange[];
}) {
  return (
    <div className="px-4 py-1.5 pl-16 text-[13px] text-faint">
      {groupMembershipChanges(membershipChanges).map((group) => (
        <p key={group.seq}>
          <Sentence group={group} />
        </p>
      ))}
    </div>
  );
}

function Sentence({ group: { kind, memberIds, actorId } }: { group: MembershipGroup }) {
  if (actorId === null) {
    return (
      <>
        <Names ids={memberIds} /> {kind === 'joined' ? 'joined' : 'left'}
      </>
    );
  }
  return (
    <>
      <Names ids={[actorId]} /> {kind === 'joined' ? 'added' : 'removed'} <Names ids={memberIds} />
    </>
  );
}

function Names({ ids }: { ids: readonly string[] }) {
  const named = ids.length > maxNamed ? ids.slice(0, maxNamed - 1) : ids;
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
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const member = useMember(workspaceId, id);
  return (
    <bdi className="font-medium text-soft">{id === me.id ? 'You' : (member?.name ?? '…')}</bdi>
  );
}
