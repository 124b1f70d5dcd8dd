/** Text buttons and icon buttons, at least 44 px high on touch devices. */
import type { ButtonHTMLAttributes, Ref } from 'react';

type Variant = 'primary' | 'plain' | 'quiet' | 'danger';

const variants: Record<Variant, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover font-semibold',
  plain: 'border border-line-strong bg-raised hover:bg-hover font-medium',
  quiet: 'text-soft hover:bg-hover hover:text-ink font-medium',
  danger: 'border border-danger text-danger hover:bg-danger-tint font-medium',
};

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: Variant;
  small?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ variant = 'plain', small = false, className = '', ...rest }: Props) {
  const size = small ? 'h-7 px-2.5 text-[13px]' : 'h-9 px-3.5';
  return (
    <button
      type="button"
      {...rest}
      className={`inline-flex shrink-0 items-center justify-center gap-1.5 rounded-lg whitespace-nowrap transition-colors disabled:opacity-50 touch:min-h-11 ${size} ${variants[variant]} ${className}`}
    />
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** Accessible name and tooltip. */
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
