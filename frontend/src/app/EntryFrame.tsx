/** What pages outside a workspace share: a centred card, and the fields of an account. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { FormField } from '../apollo/ActionForm';
import { m } from '../paraglide/messages';
import { Logo } from '../ui/Logo';
import { type RichMessage, RichText } from '../ui/RichText';

interface Props {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
  foot?: ReactNode;
}

export function EntryFrame({ title, lead, children, foot }: Props) {
  return (
    <main className="flex h-full flex-col items-center overflow-y-auto bg-side px-4 py-[9vh]">
      <div className="mb-6 flex items-center gap-2.5">
        <Logo size={34} />
        <span className="text-xl font-semibold tracking-tight">Confab</span>
      </div>
      <div className="w-full max-w-[25rem] rounded-2xl border border-line bg-raised p-6 shadow-[0_1px_2px_rgb(0_0_0/0.04)] sm:p-8">
        <h1 className="text-[19px] font-semibold tracking-tight">{title}</h1>
        {lead && <p className="mt-1.5 text-soft">{lead}</p>}
        <div className="mt-5">{children}</div>
      </div>
      {foot && <p className="mt-5 text-[13px] text-soft">{foot}</p>}
    </main>
  );
}

interface LinkProps {
  to: '/register' | '/sign-in';
  inviteToken: string | undefined;
  message: RichMessage<object>;
}

/** Links the pages for those with and without an account, and keeps the invite. */
export function EntryLink({ to, inviteToken, message }: LinkProps) {
  return (
    <RichText
      message={message}
      inputs={{}}
      tags={{
        link: (text) => (
          <Link
            to={to}
            search={inviteToken ? { invite: inviteToken } : {}}
            className="font-medium text-accent hover:underline"
          >
            {text}
          </Link>
        ),
      }}
    />
  );
}

export function emailField(): FormField {
  return {
    label: m.account_email(),
    name: 'email',
    type: 'email',
    autoComplete: 'username',
    required: true,
  };
}

export function passwordField(autoComplete: 'current-password' | 'new-password'): FormField {
  return {
    label: m.account_password(),
    name: 'password',
    type: 'password',
    autoComplete,
    required: true,
  };
}
