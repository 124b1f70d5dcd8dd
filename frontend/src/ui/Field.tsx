/** A form field with its label, hint and error. */
import {
  type InputHTMLAttributes,
  type ReactNode,
  type TextareaHTMLAttributes,
  useId,
} from 'react';

interface Props extends InputHTMLAttributes<HTMLInputElement> {
  label: ReactNode;
  hint?: ReactNode;
  /** Why the value is invalid. Replaces the hint. */
  error?: string | undefined;
  /** The height of a field of several lines. */
  rows?: number;
}

/** A labelled input with a hint or an error below. */
export function Field({ label, hint, error, rows, className = '', ...rest }: Props) {
  const id = useId();
  const below = error ?? hint;
  const described = {
    id,
    'aria-invalid': error !== undefined,
    'aria-describedby': below ? `${id}-below` : undefined,
  };
  const look =
    'w-full rounded-lg border border-line-strong bg-raised px-3 outline-none placeholder:text-faint focus:border-accent focus:ring-2 focus:ring-accent/25 aria-invalid:border-danger';
  return (
    <div className={className}>
      <label htmlFor={id} className="mb-1 block text-[13px] font-medium wrap-anywhere">
        {label}
      </label>
      {rows ? (
        <textarea
          rows={rows}
          {...described}
          {...(rest as TextareaHTMLAttributes<HTMLTextAreaElement>)}
          className={`${look} py-2`}
        />
      ) : (
        <input {...described} {...rest} className={`${look} h-9`} />
      )}
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
