/** Account settings: email, password, appearance and sessions. */
import { Link } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { ChangeEmail } from '../../features/account/ChangeEmail';
import { ChangePassword } from '../../features/account/ChangePassword';
import { useViewer } from '../../features/account/viewer';
import { Sessions } from '../../features/session/Sessions';
import { m } from '../../paraglide/messages';
import { Avatar } from '../../ui/Avatar';
import { setPlaysAnimations, usePlaysAnimations } from '../../ui/animations';
import { RadioCards } from '../../ui/RadioCards';
import { setTheme, type Theme, useTheme } from '../../ui/theme';

const themes: { value: Theme; label: () => string }[] = [
  { value: 'system', label: m.page_settings_theme_system },
  { value: 'light', label: m.page_settings_theme_light },
  { value: 'dark', label: m.page_settings_theme_dark },
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
          <ChevronLeft size={16} aria-hidden="true" /> {m.page_settings_back()}
        </Link>
        <h1 className="mt-3 text-[22px] font-semibold tracking-tight">{m.page_settings_title()}</h1>

        <Section title={m.page_settings_account()}>
          <div className="flex flex-wrap items-center gap-3">
            <Avatar id={account.id} name={account.name} size={44} />
            <div className="min-w-0 flex-1 basis-40">
              <p className="truncate font-semibold">{account.name}</p>
              <p className="truncate text-soft">{account.email}</p>
            </div>
            {account.isServerAdmin && (
              <span className="rounded-full bg-tint px-2.5 py-0.5 text-[12px] text-tint-ink">
                {m.page_settings_server_admin()}
              </span>
            )}
          </div>
        </Section>

        <Section title={m.account_email()}>
          <ChangeEmail />
        </Section>

        <Section title={m.account_password()} hint={m.page_settings_password_hint()}>
          <ChangePassword email={account.email} />
        </Section>

        <div className="mt-7">
          <RadioCards
            legend={m.page_settings_appearance()}
            choices={themes}
            value={shown}
            onChange={setTheme}
          />
          <label className="mt-3 flex items-start gap-2.5 pointer-coarse:min-h-11">
            <input
              type="checkbox"
              checked={plays}
              onChange={(event) => setPlaysAnimations(event.target.checked)}
              className="mt-0.5 size-4 accent-(--c-accent)"
            />
            <span>
              {m.page_settings_animations()}
              <span className="block text-[12.5px] text-faint">
                {m.page_settings_animations_hint()}
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
