/** A radio group whose options are cards. */
import { type ReactNode, useId } from 'react';

interface Props<T extends string> {
  legend: ReactNode;
  choices: readonly { value: T; label: () => string }[];
  value: T;
  onChange(value: T): void;
}

export function RadioCards<T extends string>({ legend, choices, value, onChange }: Props<T>) {
  const name = useId();
  return (
    <fieldset>
      <legend className="font-semibold">{legend}</legend>
      <div className="mt-2 flex flex-wrap gap-2">
        {choices.map((choice) => (
          <label
            key={choice.value}
            className="flex cursor-pointer items-center gap-2 rounded-xl border border-line bg-raised px-3.5 py-2 has-checked:border-accent has-checked:bg-tint has-focus-visible:outline-2 has-focus-visible:outline-accent pointer-coarse:min-h-11"
          >
            <input
              type="radio"
              name={name}
              checked={value === choice.value}
              onChange={() => onChange(choice.value)}
              className="accent-(--c-accent)"
            />
            {choice.label()}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
