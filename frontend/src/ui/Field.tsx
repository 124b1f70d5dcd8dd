/** A form field with its label, hint and error. */
import { type InputHTMLAttributes, type ReactNode, useId } from 'react';

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint?: ReactNode;
  /** Why the value is invalid. Replaces the hint. */
  error?: string | undefined;
}

/** A labelled input with a hint or an error below. */
export function Field({ label, hint, error, className = '', ...rest }: Props) {
  const id = useId();
  const below = error ?? hint;
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-[13px] font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={below ? `${id}-below` : undefined}
        {...rest}
        className="h-9 w-full rounded-lg border border-line-strong bg-raised px-3 outline-none placeholder:text-faint focus:border-accent focus:ring-2 focus:ring-accent/25 aria-invalid:border-danger"
      />
      {below && (
        <p
          id={`${id}-below`}
          role={error ? 'alert' : undefined}
          className={`mt-1 text-[12.5px] ${error ? 'text-danger' : 'text-faint'}`}
        >
          {below}
        </p>
      )}
    </div>
  );
}
