/** A loading indicator. Appears after 350 ms, so that fast loads do not flicker. */
import { m } from '../paraglide/messages';

export function Spinner({ label = m.ui_loading() }: { label?: string }) {
  return (
    <div
      role="status"
      className="flex justify-center p-6 opacity-0 [animation:appear_.2s_.35s_forwards]"
    >
      <span className="size-5 animate-spin rounded-full border-2 border-line-strong border-t-accent" />
      <span className="sr-only">{label}</span>
    </div>
  );
}
