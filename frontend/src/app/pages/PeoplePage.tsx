/** The members of the workspace, and invite links. */
import { MessageCircle } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { useOpenDirect } from '../../features/channel/useOpenDirect';
import { InvitePeople } from '../../features/invite/InvitePeople';
import { MemberMenu } from '../../features/member/MemberMenu';
import type { Member } from '../../features/member/member';
import { useMarkMembersSeen } from '../../features/member/newMembers';
import { useMemberSearch } from '../../features/member/useMemberSearch';
import { PresentAvatar } from '../../features/presence/PresentAvatar';
import { BackLink } from '../../features/workspace/BackLink';
import { useBoot, useMe, useWorkspace } from '../../features/workspace/workspaceContext';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { PageFrame } from '../../ui/PageFrame';
import { SearchInput } from '../../ui/SearchInput';
import { Spinner } from '../../ui/Spinner';

export function PeoplePage() {
  const { id: workspaceId } = useWorkspace();
  const memberCount = useBoot(({ workspace }) => workspace.memberCount);
  const [search, setSearch] = useState('');
  const { members, loading, refetch } = useMemberSearch(workspaceId, search.trim(), 100);
  useMarkMembersSeen();
  // A member joined or left while the page was open.
  const listedFor = useRef(memberCount);
  useEffect(() => {
    if (listedFor.current !== memberCount) refetch();
    listedFor.current = memberCount;
  }, [memberCount, refetch]);
  return (
    <PageFrame title={m.page_people_title()} back={<BackLink />}>
      <InvitePeople />
      <h2 className="mt-7 mb-2 font-semibold">
        {m.page_people_members()} <span className="font-normal text-faint">{memberCount}</span>
      </h2>
      <SearchInput
        label={m.page_people_search()}
        value={search}
        onChange={setSearch}
        className="mb-2 w-full"
      />
      {members.length === 0 && loading && <Spinner />}
      {members.length === 0 && !loading && (
        <p className="py-8 text-center text-faint">{m.page_people_none()}</p>
      )}
      <ul className="divide-y divide-line">
        {members.map((member) => (
          <MemberRow key={member.id} member={member} />
        ))}
      </ul>
    </PageFrame>
  );
}

function MemberRow({ member }: { member: Member }) {
  const me = useMe();
  const openDirect = useOpenDirect();
  return (
    <li className="py-2">
      <div className="flex items-center gap-3">
        <PresentAvatar id={member.id} name={member.name} url={member.avatarUrl} size={32} />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">
            <bdi>{member.name}</bdi>
            {member.id === me.id && (
              <span className="font-normal text-faint"> {m.page_people_you()}</span>
            )}
          </span>
          <span className="block truncate text-[13px] text-faint">
            <bdi>@{member.handle}</bdi>
          </span>
        </span>
        {member.role !== 'MEMBER' && (
          <span className="rounded-full border border-line px-2 text-[12px] text-soft">
            {member.role === 'OWNER' ? m.page_people_owner() : m.page_people_admin()}
          </span>
        )}
        <IconButton
          label={m.page_people_message({ name: member.name })}
          disabled={openDirect.isRunning}
          onClick={() => openDirect.run(member.id === me.id ? [] : [member.id])}
        >
          <MessageCircle size={16} />
        </IconButton>
        <MemberMenu member={member} />
      </div>
      <FailureNotice failure={openDirect.failure} />
    </li>
  );
}
