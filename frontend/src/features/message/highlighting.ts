/**
 * Syntax highlighting in a worker, one block at a time. A block that takes too long terminates the worker and
 * stays plain. Recent results are cached.
 */
import type { HighlightRequest, Scope } from './highlightMessages';
import { LruCache } from './lruCache';

type Highlighting = Scope | 'plain';

interface Job {
  request: HighlightRequest;
  done: ((highlighting: Highlighting) => void)[];
}

/** Highlighting timeout in milliseconds. */
const highlightTimeoutMs = 500;
/** Worker loading timeout in milliseconds, such as while offline. */
const loadTimeoutMs = 20_000;

const results = new LruCache<Highlighting>(500_000);
const jobs = new Map<string, Job>();
let worker: { port: Worker; loaded: Promise<boolean> } | null = null;
let busy = false;

function keyOf({ text, language, maxTokens }: HighlightRequest): string {
  return `${maxTokens} ${language}\n${text}`;
}

/** Returns a cached result. */
export function cachedHighlighting(request: HighlightRequest): Highlighting | undefined {
  return results.get(keyOf(request));
}

/** Calls back when the block is highlighted or stays plain. Returns a function that cancels. */
export function requestHighlighting(
  request: HighlightRequest,
  done: (highlighting: Highlighting) => void,
): () => void {
  const key = keyOf(request);
  const job = jobs.get(key) ?? { request, done: [] };
  job.done.push(done);
  jobs.set(key, job);
  work();
  return () => {
    job.done = job.done.filter((one) => one !== done);
    // Scrolled out of view before it was processed.
    if (job.done.length === 0) jobs.delete(key);
  };
}

async function work(): Promise<void> {
  if (busy) return;
  busy = true;
  for (let next = first(); next; next = first()) {
    const [key, job] = next;
    const highlighting = await highlightInWorker(job.request);
    // Without a worker, the block is requested again when it is next shown.
    if (highlighting) results.set(key, highlighting);
    jobs.delete(key);
    for (const done of job.done) done(highlighting ?? 'plain');
  }
  busy = false;
}

function first(): [string, Job] | undefined {
  return jobs.entries().next().value;
}

async function highlightInWorker(request: HighlightRequest): Promise<Highlighting | null> {
  worker ??= startWorker();
  if (!worker || !(await worker.loaded)) return null;
  const { port } = worker;
  const response = new Promise<Scope | null>((resolve) => {
    port.onmessage = ({ data }: MessageEvent<Scope | null>) => resolve(data);
  });
  port.postMessage(request);
  const highlighting = await within(highlightTimeoutMs, response);
  if (highlighting === undefined) endWorker();
  return highlighting ?? 'plain';
}

function startWorker(): typeof worker {
  if (typeof Worker === 'undefined') return null;
  const port = new Worker(new URL('./highlight.worker.ts', import.meta.url), { type: 'module' });
  const ready = new Promise<boolean>((resolve) => {
    port.onmessage = () => resolve(true);
    port.onerror = () => resolve(false);
  });
  const loaded = within(loadTimeoutMs, ready).then((is) => {
    if (!is) endWorker();
    return is === true;
  });
  return { port, loaded };
}

function endWorker(): void {
  worker?.port.terminate();
  worker = null;
}

/** Resolves to the value, or to undefined on timeout. */
function within<T>(time: number, response: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), time);
    response.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
