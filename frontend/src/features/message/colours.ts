/**
 * The colours of code, made by a worker one block after another. A block that takes too long ends the
 * worker and stays as plain text; what was made last is remembered.
 */
import { Recent } from './recent';

export interface Scope {
  scope?: string;
  children: (Scope | string)[];
}

export interface ColourRequest {
  text: string;
  language: string;
  /** A block of more coloured pieces stays plain. */
  most: number;
}

type Colours = Scope | 'plain';

interface Job {
  request: ColourRequest;
  done: ((colours: Colours) => void)[];
}

/** A block that is not coloured by then stays plain. */
const mostTime = 500;
/** A worker that is not loaded by then, as without a connection, is given up. */
const mostLoading = 20_000;

const made = new Recent<Colours>(500_000);
const jobs = new Map<string, Job>();
let worker: { port: Worker; loaded: Promise<boolean> } | null = null;
let busy = false;

function keyOf({ text, language, most }: ColourRequest): string {
  return `${most} ${language}\n${text}`;
}

/** What is known already. */
export function knownColours(request: ColourRequest): Colours | undefined {
  return made.get(keyOf(request));
}

/** Calls back when the block is coloured, or is to stay plain. */
export function whenColoured(request: ColourRequest, done: (colours: Colours) => void): () => void {
  const key = keyOf(request);
  const job = jobs.get(key) ?? { request, done: [] };
  job.done.push(done);
  jobs.set(key, job);
  work();
  return () => {
    job.done = job.done.filter((one) => one !== done);
    // Scrolled away before its turn.
    if (job.done.length === 0) jobs.delete(key);
  };
}

async function work(): Promise<void> {
  if (busy) return;
  busy = true;
  for (let next = first(); next; next = first()) {
    const [key, job] = next;
    const colours = await colour(job.request);
    // Without a worker nothing is known of the block: it is asked for again when it is next shown.
    if (colours) made.set(key, colours);
    jobs.delete(key);
    for (const done of job.done) done(colours ?? 'plain');
  }
  busy = false;
}

function first(): [string, Job] | undefined {
  return jobs.entries().next().value;
}

async function colour(request: ColourRequest): Promise<Colours | null> {
  worker ??= startWorker();
  if (!worker || !(await worker.loaded)) return null;
  const { port } = worker;
  const answer = new Promise<Scope | null>((resolve) => {
    port.onmessage = ({ data }: MessageEvent<Scope | null>) => resolve(data);
  });
  port.postMessage(request);
  const colours = await within(mostTime, answer);
  if (colours === undefined) endWorker();
  return colours ?? 'plain';
}

function startWorker(): typeof worker {
  if (typeof Worker === 'undefined') return null;
  const port = new Worker(new URL('./highlight.worker.ts', import.meta.url), { type: 'module' });
  const ready = new Promise<boolean>((resolve) => {
    port.onmessage = () => resolve(true);
    port.onerror = () => resolve(false);
  });
  const loaded = within(mostLoading, ready).then((is) => {
    if (!is) endWorker();
    return is === true;
  });
  return { port, loaded };
}

function endWorker(): void {
  worker?.port.terminate();
  worker = null;
}

/** The answer, or undefined when it takes longer. */
function within<T>(time: number, answer: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), time);
    answer.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
