/** A form of named fields that runs an action, and shows its failure at the field that it is about. */
import type { ComponentProps, FormEvent, ReactNode } from 'react';
import { Field } from '../ui/Field';
import { FailureNotice } from './FailureNotice';
import { errorAt } from './failure';
import { type Action, useAction } from './useAction';

export type FormField = ComponentProps<typeof Field> & { name: string };

/** The values of a form by field name. An unchecked box has none. */
export type Values = Readonly<Record<string, string>>;

export interface FormProps {
  fields: readonly FormField[];
  work(values: Values, form: HTMLFormElement): Promise<unknown>;
  /** Shown below the fields. */
  children?: ReactNode;
}

interface Props extends FormProps {
  /** Accessible name. */
  label?: string;
  buttons(action: Action<[HTMLFormElement], unknown>): ReactNode;
}

export function ActionForm({ fields, work, label, buttons, children }: Props) {
  const action = useAction((form: HTMLFormElement) =>
    work(Object.fromEntries(textsOf(new FormData(form))), form),
  );
  const { failure } = action;

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    // React bubbles the event to a form around the portal of a dialog.
    event.stopPropagation();
    action.run(event.currentTarget);
  }

  return (
    <form onSubmit={submit} aria-label={label} className="flex flex-col gap-4">
      {fields.map((field) => (
        <Field key={field.name} {...field} error={errorAt(failure, field.name)} />
      ))}
      {children}
      <FailureNotice failure={failure} fields={fields.map(({ name }) => name)} />
      {buttons(action)}
    </form>
  );
}

function textsOf(values: FormData): [string, string][] {
  return [...values].map(([name, value]) => [name, String(value)]);
}
