/** Invite links: create, copy and revoke. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { Check, Copy, Link2 } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { mintIdIn } from '../../apollo/id';
import { command, mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import type { InvitesQuery } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import { Notice } from '../../ui/Notice';
import { RichText } from '../../ui/RichText';
import { fullTime } from '../../ui/time';
import { useBoot, useMe, useWorkspace } from '../workspace/workspaceContext';

const INVITES = graphql(`
  query Invites($workspaceId: ID!) {
    workspace(id: $workspaceId) {
      id
      invites {
        id
        expiresAt
        maxUses
        uses
        createdBy {
          id
          name
        }
      }
    }
  }
`);

const CREATE_INVITE = graphql(`
  mutation CreateInvite($input: CreateInviteInput!) {
    createInvite(input: $input) {
      url
      invite {
        id
      }
    }
  }
`);

const REVOKE_INVITE = graphql(`
  mutation RevokeInvite($input: RevokeInviteInput!) {
    revokeInvite(input: $input) {
      inviteId
    }
  }
`);

type Invite = InvitesQuery['workspace']['invites'][number];

/** In days. */
const expiries = [1, 7, 30, 365];

/** 0 means unlimited. */
const usageLimits = [0, 1, 10, 100];

export function InvitePeople() {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const { name, memberCount } = useBoot(({ workspace }) => workspace);
  const canManage = me.role !== 'MEMBER';
  const { data, refetch } = useQuery(INVITES, {
    variables: { workspaceId },
    skip: !canManage,
    fetchPolicy: 'cache-and-network',
  });
  const client = useApolloClient();
  // A new member may have used a link.
  const countedFor = useRef(memberCount);
  useEffect(() => {
    if (canManage && countedFor.current !== memberCount) refetch().catch(() => {});
    countedFor.current = memberCount;
  }, [canManage, memberCount, refetch]);
  const [days, setDays] = useState(7);
  const [uses, setUses] = useState(0);
  const create = useAction(async () => {
    const input = {
      workspaceId,
      id: mintIdIn(workspaceId, 'inv'),
      expiresInSeconds: days * 86_400,
      maxUses: uses === 0 ? null : uses,
    };
    const options = { refetchQueries: [INVITES], awaitRefetchQueries: true };
    return (await mutate(client, CREATE_INVITE, input, options)).createInvite;
  });
  if (!canManage) {
    return (
      <p className="text-soft">
        <RichText message={m.invite_people_not_allowed} inputs={{ name }} />
      </p>
    );
  }
  const invites = data?.workspace.invites ?? [];
  const created = create.result;
  return (
    <section
      aria-label={m.invite_people_label()}
      className="rounded-2xl border border-line bg-raised p-4"
    >
      <h2 className="font-semibold">
        <RichText message={m.invite_people_title} inputs={{ name }} />
      </h2>
      <p className="text-[13px] text-faint">{m.invite_people_hint()}</p>
      <div className="mt-3 flex flex-wrap items-end gap-3">
        <SelectField
          label={m.invite_people_expires_after()}
          value={days}
          onChange={setDays}
          choices={expiries}
          format={(count) => m.invite_people_days({ count })}
        />
        <SelectField
          label={m.invite_people_max_uses()}
          value={uses}
          onChange={setUses}
          choices={usageLimits}
          format={(uses) => (uses === 0 ? m.invite_people_unlimited() : String(uses))}
        />
        <Button
          variant="primary"
          disabled={create.isRunning}
          onClick={create.run}
          className="max-sm:w-full"
        >
          <Link2 size={15} aria-hidden="true" /> {m.invite_people_create()}
        </Button>
      </div>
      <FailureNotice failure={create.failure} />
      {created &&
        (created.url ? (
          <CreatedLink key={created.invite.id} url={created.url} />
        ) : (
          <Notice>{m.invite_people_link_lost()}</Notice>
        ))}
      {invites.length > 0 && (
        <ul className="mt-3 divide-y divide-line border-t border-line">
          {invites.map((invite) => (
            <InviteRow key={invite.id} invite={invite} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface SelectFieldProps {
  label: string;
  value: number;
  onChange(value: number): void;
  choices: readonly number[];
  format(choice: number): string;
}

function SelectField({ label, value, onChange, choices, format }: SelectFieldProps) {
  return (
    <label className="flex min-w-32 flex-1 flex-col gap-1 text-[13px] font-medium">
      {label}
      <select
        value={value}
        onChange={(event) => onChange(Number(event.target.value))}
        className="h-9 touch:h-11 rounded-lg border border-line-strong bg-page px-2 font-normal outline-none focus:border-accent focus:ring-2 focus:ring-accent/20"
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {format(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Formats the used and remaining uses of a link. */
function formatUses(uses: number, maxUses: number | null | undefined): string {
  const used = uses === 0 ? m.invite_people_not_used_yet() : m.invite_people_used({ count: uses });
  if (maxUses === null || maxUses === undefined)
    return `${used} · ${m.invite_people_unlimited_uses()}`;
  return `${used} · ${m.invite_people_uses_left({ count: Math.max(0, maxUses - uses) })}`;
}

/** The created link. The server stores only its hash, so it is shown once. */
function CreatedLink({ url }: { url: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);

  async function copy() {
    field.current?.select();
    // Unavailable on plain HTTP, where the link is only selected for copying by hand.
    await navigator.clipboard?.writeText(url);
    setCopied(navigator.clipboard !== undefined);
  }

  return (
    <div className="mt-3 rounded-xl bg-tint p-3">
      <div className="flex items-center gap-2">
        <input
          ref={field}
          readOnly
          value={url}
          aria-label={m.invite_people_link()}
          onFocus={(event) => event.currentTarget.select()}
          className="h-8 min-w-0 flex-1 rounded-lg border border-line bg-page px-2.5 font-mono text-[12px] outline-none focus:border-accent"
        />
        <Button small onClick={copy}>
          {copied ? <Check size={14} aria-hidden="true" /> : <Copy size={14} aria-hidden="true" />}
          {copied ? m.invite_people_copied() : m.invite_people_copy()}
        </Button>
      </div>
      <p className="mt-1.5 text-[12.5px] text-tint-ink">{m.invite_people_copy_hint()}</p>
    </div>
  );
}

function InviteRow({ invite }: { invite: Invite }) {
  const client = useApolloClient();
  const { id, uses, maxUses, expiresAt, createdBy } = invite;
  const [isConfirming, setConfirming] = useState(false);
  const revoke = useAction(() =>
    command(client, REVOKE_INVITE, { inviteId: id }, { refetchQueries: [INVITES] }),
  );

  return (
    <li className="py-2.5 last:pb-0">
      <div className="flex items-center gap-2">
        <p className="min-w-0 flex-1 truncate text-[13px]">
          <RichText message={m.invite_people_link_by} inputs={{ name: createdBy.name }} />
        </p>
        <Button
          small
          variant="quiet"
          disabled={revoke.isRunning}
          onClick={() => setConfirming(true)}
        >
          {m.invite_people_revoke()}
        </Button>
      </div>
      <ConfirmDialog
        open={isConfirming}
        title={m.invite_people_revoke_question({ name: createdBy.name })}
        action={m.invite_people_revoke()}
        onConfirm={revoke.run}
        onClose={() => setConfirming(false)}
      >
        {m.invite_people_revoke_consequence()}
      </ConfirmDialog>
      <p className="mt-1 text-[12.5px] text-faint">
        {formatUses(uses, maxUses)}
        {expiresAt && ` · ${m.invite_people_expires({ time: fullTime(expiresAt) })}`}
      </p>
      <FailureNotice failure={revoke.failure} />
    </li>
  );
}
