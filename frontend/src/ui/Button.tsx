/** Buttons with words, and buttons with only an icon; as large as a fingertip where there are fingers. */
import type { ButtonHTMLAttributes, Ref } from 'react';

type Look = 'primary' | 'plain' | 'quiet' | 'danger';

const looks: Record<Look, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover font-semibold',
  plain: 'border border-line-strong bg-raised hover:bg-hover font-medium',
  quiet: 'text-soft hover:bg-hover hover:text-ink font-medium',
  danger: 'border border-danger text-danger hover:bg-danger-tint font-medium',
};

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  small?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = 'plain', small = false, className = '', ...rest }: Props) {
  const size = small ? 'h-7 px-2.5 text-[13px]' : 'h-9 px-3.5';
  return (
    <button
      type="button"
      {...rest}
      className={`inline-flex shrink-0 items-center justify-center gap-1.5 rounded-lg whitespace-nowrap transition-colors disabled:opacity-50 touch:min-h-11 ${size} ${looks[look]} ${className}`}
    />
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What it does, for screen readers and as a tooltip. */
  label: string;
}

export function IconButton({ label, className = '', ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`inline-flex size-7 shrink-0 items-center justify-center rounded-md text-soft transition-colors hover:bg-pressed hover:text-ink disabled:opacity-40 touch:size-11 ${className}`}
    />
  );
}
