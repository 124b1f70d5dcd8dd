/** The account with its address and password, how the client looks, and where one is signed in. */
import { Link } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import { Avatar } from '../../ui/Avatar';
import { setPlaysAnimations, usePlaysAnimations } from '../../ui/animations';
import { RadioCards } from '../../ui/RadioCards';
import { setTheme, type Theme, useTheme } from '../../ui/theme';
import { SignIns } from '../sign_in/SignIns';
import { ChangeEmail } from './ChangeEmail';
import { ChangePassword } from './ChangePassword';
import { useViewer } from './viewer';

const themes: { value: Theme; label: string }[] = [
  { value: 'system', label: 'System' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

export function SettingsPage() {
  const { viewer } = useViewer();
  const shown = useTheme();
  const plays = usePlaysAnimations();
  if (!viewer) return null;
  const { account } = viewer;
  return (
    <main className="h-full overflow-y-auto">
      <div className="mx-auto max-w-2xl px-4 py-6">
        <Link to="/" className="inline-flex items-center gap-1 text-soft hover:text-ink">
          <ChevronLeft size={16} aria-hidden="true" /> Back to Confab
        </Link>
        <h1 className="mt-3 text-[22px] font-semibold tracking-tight">Settings</h1>

        <section aria-labelledby="account" className="mt-6">
          <h2 id="account" className="font-semibold">
            Account
          </h2>
          <div className="mt-2 flex flex-wrap items-center gap-3 rounded-2xl border border-line bg-raised p-4">
            <Avatar id={account.id} name={account.name} size={44} />
            <div className="min-w-0 flex-1 basis-40">
              <p className="truncate font-semibold">{account.name}</p>
              <p className="truncate text-soft">{account.email}</p>
            </div>
            {account.isServerAdmin && (
              <span className="rounded-full bg-tint px-2.5 py-0.5 text-[12px] text-tint-ink">
                Administers this server
              </span>
            )}
          </div>
        </section>

        <section aria-labelledby="email" className="mt-7">
          <h2 id="email" className="font-semibold">
            Email
          </h2>
          <div className="mt-2 rounded-2xl border border-line bg-raised p-4">
            <ChangeEmail />
          </div>
        </section>

        <section aria-labelledby="password" className="mt-7">
          <h2 id="password" className="font-semibold">
            Password
          </h2>
          <p className="text-[13px] text-faint">
            Changing your password signs you out on all other devices.
          </p>
          <div className="mt-2 rounded-2xl border border-line bg-raised p-4">
            <ChangePassword email={account.email} />
          </div>
        </section>

        <div className="mt-7">
          <RadioCards legend="Appearance" choices={themes} value={shown} onChange={setTheme} />
          <label className="mt-3 flex items-start gap-2.5 pointer-coarse:min-h-11">
            <input
              type="checkbox"
              checked={plays}
              onChange={(event) => setPlaysAnimations(event.target.checked)}
              className="mt-0.5 size-4 accent-(--c-accent)"
            />
            <span>
              Play animated images and emoji
              <span className="block text-[12.5px] text-faint">
                When off, emoji play on hover, and images when you press Play.
              </span>
            </span>
          </label>
        </div>

        <SignIns />
      </div>
    </main>
  );
}
