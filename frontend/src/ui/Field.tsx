/** A form field with its label, hint and error. */
import {
  type InputHTMLAttributes,
  type ReactNode,
  type TextareaHTMLAttributes,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { m } from '../paraglide/messages';
import { countCharacters } from './characters';

/** Without `maxLength`, which counts UTF-16 units and cuts what is pasted. */
interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, 'maxLength'> {
  label: ReactNode;
  hint?: ReactNode;
  /** Why the value is invalid. Replaces the hint. */
  error?: string | undefined;
  /** The height of a field of several lines. */
  rows?: number;
  /** A longer text is invalid. */
  maxCharacters?: number;
}

/** A labeled input with a hint or an error below. */
export function Field({ label, hint, error, rows, maxCharacters, className = '', ...rest }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  /** The text of a field without `value`. */
  const [typed, setTyped] = useState(rest.defaultValue);
  const excess = excessOf(String(rest.value ?? typed ?? ''), maxCharacters);
  useEffect(() => input.current?.setCustomValidity(excess ?? ''), [excess]);
  const problem = excess ?? error;
  const below = problem ?? hint;
  const described = {
    id,
    ref: input,
    'aria-invalid': problem !== undefined,
    'aria-describedby': below ? `${id}-below` : undefined,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) =>
      setTyped(currentTarget.value),
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
          role={problem ? 'alert' : undefined}
          className={`mt-1 text-[12.5px] ${problem ? 'text-danger' : 'text-faint'}`}
        >
          {below}
        </p>
      )}
    </div>
  );
}

/** Why a text is too long. */
function excessOf(text: string, max = Number.POSITIVE_INFINITY): string | undefined {
  return countCharacters(text) > max ? m.ui_field_too_long({ count: max }) : undefined;
}
