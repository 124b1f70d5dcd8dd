/** A field counts characters as the server does, and tells when there are too many. */
import { fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { expect, it } from 'vitest';
import { Field } from './Field';

function Controlled() {
  const [text, setText] = useState('');
  return (
    <Field
      label="Name"
      maxCharacters={3}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

it.each([
  { kind: 'with a value', field: <Controlled /> },
  { kind: 'without one', field: <Field label="Name" maxCharacters={3} hint="Short." /> },
])('counts emoji as one character each $kind', ({ field }) => {
  render(field);
  const input = screen.getByLabelText('Name') as HTMLInputElement;
  fireEvent.input(input, { target: { value: '🎉🎉🎉' } });
  expect(screen.queryByRole('alert')).toBeNull();
  expect(input.validationMessage).toBe('');
  fireEvent.input(input, { target: { value: '🎉🎉🎉!' } });
  expect(screen.getByRole('alert').textContent).toBe('Use at most 3 characters.');
  expect(input.value).toBe('🎉🎉🎉!');
  expect(input.validationMessage).toBe('Use at most 3 characters.');
  fireEvent.input(input, { target: { value: 'abc' } });
  expect(input.validationMessage).toBe('');
});
