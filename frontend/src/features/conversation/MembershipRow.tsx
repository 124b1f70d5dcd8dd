/** A system row: members who joined or left the channel. */
import { m } from '../../paraglide/messages';
import { ListInSentence } from '../../ui/lists';
import { RichText } from '../../ui/RichText';
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

const sentences = {
  joined: {
    alone: m.conversation_membership_joined,
    byActor: m.conversation_membership_added,
  },
  left: {
    alone: m.conversation_membership_left,
    byActor: m.conversation_membership_removed,
  },
};

function Sentence({ group: { kind, memberIds, actorId } }: { group: MembershipGroup }) {
  return (
    <RichText
      message={sentences[kind][actorId === null ? 'alone' : 'byActor']}
      inputs={{}}
      tags={{
        members: () => <Names ids={memberIds} />,
        actor: () => actorId && <Name id={actorId} />,
      }}
    />
  );
}

function Names({ ids }: { ids: readonly string[] }) {
  const named = ids.length > maxNamed ? ids.slice(0, maxNamed - 1) : ids;
  const others = ids.length - named.length;
  const items = named.map((id) => ({ key: id, content: <Name id={id} /> }));
  const rest = { key: 'others', content: m.conversation_membership_others({ count: others }) };
  return <ListInSentence items={others > 0 ? [...items, rest] : items} />;
}

function Name({ id }: { id: string }) {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const member = useMember(workspaceId, id);
  return (
    <bdi className="font-medium text-soft">
      {id === me.id ? m.conversation_membership_you() : (member?.name ?? '…')}
    </bdi>
  );
}
