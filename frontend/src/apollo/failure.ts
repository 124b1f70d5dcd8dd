/**
 * What went wrong with a request, in one shape: a code to decide by and a sentence to show.
 */
import { CombinedGraphQLErrors } from '@apollo/client/errors';

export interface Failure {
  /** `extensions.code` of the server, or NETWORK when it could not be reached. */
  code: string;
  message: string;
  /** The input field that is at fault, such as `password`. */
  field?: string;
  /** Seconds after which another attempt makes sense. */
  retryAfter?: number;
}

interface ErrorWithExtensions {
  message: string;
  extensions?: Record<string, unknown>;
}

/** Codes that say nothing about the request itself: the same request may succeed later. */
const passing = new Set(['NETWORK', 'UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED', 'UNAUTHENTICATED']);

export function isPassing(failure: Failure): boolean {
  return passing.has(failure.code);
}

/** There is no such thing, or not for this person, or no id reads so: nothing that is asked for again. */
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
    message: 'The server cannot be reached. Check the connection and try again.',
  };
}

/** What to show where it did not work; null where it did. */
export async function sentenceOf(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return failureOf(error).message;
  }
}

export function failureOfGraphql(error: ErrorWithExtensions): Failure {
  const { code, field, retryAfter } = error.extensions ?? {};
  const failure: Failure = {
    code: typeof code === 'string' ? code : 'INTERNAL',
    message: error.message,
  };
  if (typeof field === 'string') failure.field = field;
  if (typeof retryAfter === 'number') {
    failure.retryAfter = retryAfter;
    if (failure.code === 'RATE_LIMITED') {
      failure.message = `Too many attempts. Try again in ${inWords(retryAfter)}.`;
    }
  }
  return failure;
}

function inWords(seconds: number): string {
  if (seconds < 90) return seconds <= 1 ? 'a second' : `${Math.ceil(seconds)} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
