/**
 * Takes one part of a file to where the server wants it, with progress.
 *
 * `XMLHttpRequest`, because `fetch` says nothing about how much has gone out. No credentials go with
 * it to another origin; the address itself is the permission. Rejects with a `PartFailure`.
 */
import type { PartTarget } from './upload';

export class PartFailure extends Error {
  constructor(
    /** The status of the answer; 0 when there was none. */
    readonly status: number,
  ) {
    super(status === 0 ? 'The connection broke.' : `The storage answered ${status}.`);
  }
}

/** A connection over which nothing moves for so long is given up. */
const stalledAfter = 60_000;

export function putPart(
  target: PartTarget,
  body: Blob,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stalled: ReturnType<typeof setTimeout>;
    const alive = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), stalledAfter);
    };
    const abort = () => request.abort();
    const end = (failed: PartFailure | null) => {
      clearTimeout(stalled);
      signal.removeEventListener('abort', abort);
      if (failed) reject(failed);
      else resolve();
    };
    request.upload.addEventListener('progress', (event) => {
      alive();
      onProgress(Math.min(event.loaded, body.size));
    });
    request.addEventListener('load', () => {
      const { status } = request;
      end(status >= 200 && status < 300 ? null : new PartFailure(status));
    });
    for (const broken of ['error', 'abort', 'timeout'] as const) {
      request.addEventListener(broken, () => end(new PartFailure(0)));
    }
    request.open(target.method, target.url);
    for (const { name, value } of target.headers) request.setRequestHeader(name, value);
    signal.addEventListener('abort', abort, { once: true });
    alive();
    request.send(body);
    if (signal.aborted) abort();
  });
}
