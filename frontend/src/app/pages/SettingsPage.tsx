/** Account settings: email, password, appearance and sessions. */
import { Link } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { ChangeEmail } from '../../features/account/ChangeEmail';
import { ChangePassword } from '../../features/account/ChangePassword';
import { useViewer } from '../../features/account/viewer';
import { Sessions } from '../../features/session/Sessions';
import { Avatar } from '../../ui/Avatar';
import { setPlaysAnimations, usePlaysAnimations } from '../../ui/animations';
import { RadioCards } from '../../ui/RadioCards';
import { setTheme, type Theme, useTheme } from '../../ui/theme';

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

        <Section title="Account">
          <div className="flex flex-wrap items-center gap-3">
            <Avatar id={account.id} name={account.name} size={44} />
            <div className="min-w-0 flex-1 basis-40">
              <p className="truncate font-semibold">{account.name}</p>
              <p className="truncate text-soft">{account.email}</p>
            </div>
            {account.isServerAdmin && (
              <span className="rounded-full bg-tint px-2.5 py-0.5 text-[12px] text-tint-ink">
                Server admin
              </span>
            )}
          </div>
        </Section>

        <Section title="Email">
          <ChangeEmail />
        </Section>

        <Section title="Password" hint="Changing your password signs you out of all other devices.">
          <ChangePassword email={account.email} />
        </Section>

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
                When off, emoji play on hover and images when you press Play.
              </span>
            </span>
          </label>
        </div>

        <Sessions />
      </div>
    </main>
  );
}

interface SectionProps {
  title: string;
  hint?: string;
  children: ReactNode;
}

/** A card with a heading. */
function Section({ title, hint, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="mt-7">
      <h2 id={id} className="font-semibold">
        {title}
      </h2>
      {hint && <p className="text-[13px] text-faint">{hint}</p>}
      <div className="mt-2 rounded-2xl border border-line bg-raised p-4">{children}</div>
    </section>
  );
}
