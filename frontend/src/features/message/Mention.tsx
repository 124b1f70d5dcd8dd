/** A mention with the member's current handle. */
import { useMember } from '../member/member';
import { useMe, useWorkspace } from '../workspace/workspaceContext';

/** `target` is a member id, `channel` or `here`. */
export function Mention({ target }: { target: string }) {
  if (target === 'channel' || target === 'here') {
    return <span className="mention mention-me">@{target}</span>;
  }
  return <MemberMention id={target} />;
}

function MemberMention({ id }: { id: string }) {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const member = useMember(workspaceId, id);
  return (
    <span className={`mention ${id === me.id ? 'mention-me' : ''}`} title={member?.name}>
      @{member?.handle ?? '…'}
    </span>
  );
}
