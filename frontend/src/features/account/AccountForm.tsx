/** A form that updates account data, with field errors and a success message. */
import { type ComponentProps, type FormEvent, type ReactNode, useState } from 'react';
import { type Failure, failureOf } from '../../apollo/failure';
import { Button } from '../../ui/Button';
import { Field } from '../../ui/Field';
import { Notice } from '../../ui/Notice';

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
export const currentPassword: FieldProps = {
  label: 'Current password',
  name: 'currentPassword',
  type: 'password',
  autoComplete: 'current-password',
};

export function AccountForm({ title, fields, change, done, children }: Props) {
  const [state, setState] = useState<'open' | 'changing' | 'done'>('open');
  const [failure, setFailure] = useState<Failure | null>(null);
  const atField = fields.some(({ name }) => name === failure?.field);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const values = new FormData(form);
    setState('changing');
    setFailure(null);
    try {
      await change(Object.fromEntries(fields.map(({ name }) => [name, String(values.get(name))])));
      form.reset();
      setState('done');
    } catch (error) {
      setFailure(failureOf(error));
      setState('open');
    }
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4" aria-label={title}>
      {children}
      {fields.map((field) => (
        <Field
          key={field.name}
          required
          {...field}
          error={failure?.field === field.name ? failure.message : undefined}
        />
      ))}
      {failure && !atField && <Notice>{failure.message}</Notice>}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" disabled={state === 'changing'}>
          {state === 'changing' ? 'Saving…' : title}
        </Button>
        <p role="status" className="text-[13px] text-soft">
          {state === 'done' && done}
        </p>
      </div>
    </form>
  );
}
