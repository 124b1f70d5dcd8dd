/** A page beside the sidebar: a header and scrolling content. */
import type { ReactNode } from 'react';

interface Props {
  title: string;
  /** The link back to the sidebar, on narrow screens. */
  back?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function PageFrame({ title, back, actions, children }: Props) {
  return (
    <section aria-label={title} className="flex min-w-0 flex-1 flex-col">
      <header className="flex h-13 shrink-0 items-center gap-2 border-b border-line px-4">
        {back}
        <h1 className="flex-1 truncate text-[15px] font-semibold">{title}</h1>
        {actions}
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-2xl px-4 py-5">{children}</div>
      </div>
    </section>
  );
}
