/** A form that updates account data, with field errors and a success message. */
import type { ReactNode } from 'react';
import { ActionForm, type FormField, type Values } from '../../apollo/ActionForm';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';

interface Props {
  /** Title and submit label, such as "Change email". */
  title: string;
  fields: readonly FormField[];
  change(values: Values): Promise<unknown>;
  /** Shown on success. */
  done: string;
  children?: ReactNode;
}

/** Confirms the identity of the user before a sensitive change. */
export function currentPasswordField(): FormField {
  return {
    label: m.account_form_current_password(),
    name: 'currentPassword',
    type: 'password',
    autoComplete: 'current-password',
    required: true,
  };
}

export function AccountForm({ title, fields, change, done, children }: Props) {
  return (
    <ActionForm
      label={title}
      fields={fields}
      work={async (values, form) => {
        await change(values);
        form.reset();
      }}
      buttons={({ isRunning, isDone }) => (
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" disabled={isRunning}>
            {isRunning ? m.account_form_saving() : title}
          </Button>
          <p role="status" className="text-[13px] text-soft">
            {isDone && done}
          </p>
        </div>
      )}
    >
      {children}
    </ActionForm>
  );
}
