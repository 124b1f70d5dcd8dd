/**
 * Runs a request that the user started, usually a mutation, and keeps what to show of it: that it is running,
 * its result, or its failure. A later run replaces an earlier one.
 */
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import { type Failure, failureOf } from './failure';

interface State<Result> {
  isRunning: boolean;
  /** The last run succeeded. */
  isDone: boolean;
  /** What it resolved to. */
  result: Result | undefined;
  /** Why the last run failed. */
  failure: Failure | null;
}

export interface Action<Args extends unknown[], Result> extends State<Result> {
  /** Resolves to whether it succeeded. Never rejects. */
  run(...args: Args): Promise<boolean>;
  /** Forgets the last run, such as when its form changes or closes. */
  reset(): void;
}

const idle = { isRunning: false, isDone: false, result: undefined, failure: null };

export function useAction<Args extends unknown[], Result>(
  work: (...args: Args) => Promise<Result>,
): Action<Args, Result> {
  const [state, setState] = useState<State<Result>>(idle);
  const latest = useRef(work);
  useLayoutEffect(() => {
    latest.current = work;
  });
  /** The number of the last run. */
  const last = useRef(0);

  const run = useCallback(async (...args: Args) => {
    const number = ++last.current;
    const show = (next: Partial<State<Result>>) => {
      if (number === last.current) setState({ ...idle, ...next });
    };
    show({ isRunning: true });
    try {
      const result = await latest.current(...args);
      show({ isDone: true, result });
      return true;
    } catch (error) {
      show({ failure: failureOf(error) });
      return false;
    }
  }, []);
  const reset = useCallback(() => {
    last.current++;
    setState(idle);
  }, []);
  return { ...state, run, reset };
}
