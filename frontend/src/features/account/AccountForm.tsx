/** A form that updates account data, with field errors and a success message. */
import type { ComponentProps, FormEvent, ReactNode } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { errorAt } from '../../apollo/failure';
import { useAction } from '../../apollo/useAction';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';

type FieldProps = ComponentProps<typeof Field> & { name: string };

interface Props {
  /** Title and submit label, such as "Change email". */
  title: string;
  fields: readonly FieldProps[];
  /** Receives the values keyed by field name. */
  change(values: Readonly<Record<string, string>>): Promise<unknown>;
  /** Shown on success. */
  done: string;
  children?: ReactNode;
}

/** Confirms the identity of the user before a sensitive change. */
export function currentPasswordField(): FieldProps {
  return {
    label: m.account_form_current_password(),
    name: 'currentPassword',
    type: 'password',
    autoComplete: 'current-password',
  };
}

export function AccountForm({ title, fields, change, done, children }: Props) {
  const names = fields.map(({ name }) => name);
  const { run, isRunning, isDone, failure } = useAction(async (form: HTMLFormElement) => {
    const values = new FormData(form);
    await change(Object.fromEntries(names.map((name) => [name, String(values.get(name))])));
    form.reset();
  });

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    run(event.currentTarget);
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4" aria-label={title}>
      {children}
      {fields.map((field) => (
        <Field key={field.name} required {...field} error={errorAt(failure, field.name)} />
      ))}
      <FailureNotice failure={failure} fields={names} />
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" disabled={isRunning}>
          {isRunning ? m.account_form_saving() : title}
        </Button>
        <p role="status" className="text-[13px] text-soft">
          {isDone && done}
        </p>
      </div>
    </form>
  );
}
