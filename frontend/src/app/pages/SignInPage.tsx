/** The sign-in page, also used when accepting an invite. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { Link } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { mutate } from '../../apollo/mutate';
import { useAction } from '../../apollo/useAction';
import { SERVER, useStartSession } from '../../features/account/viewer';
import { graphql } from '../../gql';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { RichText } from '../../ui/RichText';
import { EntryFrame } from '../EntryFrame';

const SIGN_IN = graphql(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      account {
        id
      }
    }
  }
`);

interface Props {
  inviteToken?: string | undefined;
  onDone(): void;
}

export function SignInPage({ inviteToken, onDone }: Props) {
  const { data } = useQuery(SERVER);
  const enter = useStartSession();
  const client = useApolloClient();
  const canRegister =
    data?.server.needsFirstAccount || data?.server.registrationOpen || inviteToken !== undefined;

  const signIn = useAction(async (form: FormData) => {
    await mutate(client, SIGN_IN, {
      email: String(form.get('email')).trim(),
      password: String(form.get('password')),
      transport: 'COOKIE',
    });
    await enter();
    onDone();
  });

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    signIn.run(new FormData(event.currentTarget));
  }

  return (
    <EntryFrame
      title={m.page_sign_in_title()}
      foot={
        canRegister && (
          <RichText
            message={m.page_sign_in_register}
            inputs={{}}
            tags={{
              link: (text) => (
                <Link
                  to="/register"
                  search={inviteToken ? { invite: inviteToken } : {}}
                  className="font-medium text-accent hover:underline"
                >
                  {text}
                </Link>
              ),
            }}
          />
        )
      }
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field
          label={m.page_sign_in_email()}
          name="email"
          type="email"
          autoComplete="username"
          autoFocus
          required
        />
        <Field
          label={m.page_sign_in_password()}
          name="password"
          type="password"
          autoComplete="current-password"
          required
        />
        <FailureNotice failure={signIn.failure} />
        <Button variant="primary" type="submit" disabled={signIn.isRunning}>
          {signIn.isRunning ? m.page_sign_in_signing_in() : m.page_sign_in_title()}
        </Button>
      </form>
    </EntryFrame>
  );
}
