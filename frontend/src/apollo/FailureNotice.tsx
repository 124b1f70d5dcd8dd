/** Shows why a request failed, unless a field of the form shows it. */
import { Notice } from '../ui/Notice';
import type { Failure } from './failure';

interface Props {
  failure: Failure | null | undefined;
  /** The fields that show their own errors, by `errorAt`. */
  fields?: readonly string[];
}

export function FailureNotice({ failure, fields = [] }: Props) {
  if (!failure || fields.includes(failure.field ?? '')) return null;
  return <Notice>{failure.message}</Notice>;
}
