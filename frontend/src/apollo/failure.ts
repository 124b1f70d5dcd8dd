/** A failed request in one shape: a code to branch on and a message to show. */
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { m } from '../paraglide/messages';
import { reasonFields, reasonMessages } from './reasons';

export interface Failure {
  /** `extensions.code` of the server, or NETWORK when it is unreachable. */
  code: string;
  message: string;
  /** `extensions.reason` of the server: the rule that refused the request. */
  reason?: string;
  /** The invalid input field, such as `password`. */
  field?: string;
  /** Seconds to wait before retrying. */
  retryAfter?: number;
}

interface ErrorWithExtensions {
  message: string;
  extensions?: Record<string, unknown>;
}

/** Codes of transient errors: the same request may succeed later. */
const transientCodes = new Set([
  'NETWORK',
  'UNAVAILABLE',
  'INTERNAL',
  'RATE_LIMITED',
  'UNAUTHENTICATED',
]);

export function isTransient(failure: Failure): boolean {
  return transientCodes.has(failure.code);
}

/** The object does not exist, is not visible to the viewer, or the id is malformed. Retrying does not help. */
export function isMissing({ code }: Failure): boolean {
  return code === 'NOT_FOUND' || code === 'FORBIDDEN' || code === 'BAD_USER_INPUT';
}

export function failureOf(error: unknown): Failure {
  if (CombinedGraphQLErrors.is(error)) {
    const first = error.errors[0];
    if (first) return failureOfGraphql(first);
  }
  return {
    code: 'NETWORK',
    message: m.apollo_failure_network(),
  };
}

/** The message to show at an input field. */
export function errorAt(failure: Failure | null, field: string): string | undefined {
  return failure?.field === field ? failure.message : undefined;
}

/** Runs a request for callers outside React. Rejects with a `Failure`. */
export async function withFailure<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw failureOf(error);
  }
}

export function failureOfGraphql(error: ErrorWithExtensions): Failure {
  const { code, reason, field, retryAfter } = error.extensions ?? {};
  const failure: Failure = {
    code: typeof code === 'string' ? code : 'INTERNAL',
    message: error.message,
  };
  if (typeof reason === 'string') {
    failure.reason = reason;
    // A newer server may have other reasons.
    failure.message = reasonMessages[reason]?.() ?? error.message;
    if (reasonFields[reason]) failure.field = reasonFields[reason];
  }
  if (typeof field === 'string') failure.field = field;
  if (typeof retryAfter === 'number') {
    failure.retryAfter = retryAfter;
    if (failure.code === 'RATE_LIMITED') {
      failure.message = tooManyAttempts(retryAfter);
    }
  }
  return failure;
}

function tooManyAttempts(retryAfter: number): string {
  if (retryAfter <= 1) return m.apollo_failure_rate_limited_one_second();
  if (retryAfter < 90)
    return m.apollo_failure_rate_limited_seconds({ count: Math.ceil(retryAfter) });
  return m.apollo_failure_rate_limited_minutes({ count: Math.ceil(retryAfter / 60) });
}
