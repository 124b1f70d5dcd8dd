/**
 * Uploads one part of a file to its presigned URL, with progress. Rejects with a `PartFailure`.
 *
 * Uses `XMLHttpRequest`, because `fetch` does not report upload progress. Sends no credentials to other
 * origins.
 */

/** Where to send the part. */
import { m } from '../../paraglide/messages';

export interface PartTarget {
  url: string;
  method: string;
  headers: readonly { name: string; value: string }[];
}

export class PartFailure extends Error {
  constructor(
    /** HTTP status, or 0 without a response. */
    readonly status: number,
  ) {
    super(status === 0 ? m.file_upload_connection_lost() : m.file_put_part_status({ status }));
  }
}

/** Aborts after this many milliseconds without progress. */
const stallTimeoutMs = 60_000;

export function putPart(
  target: PartTarget,
  body: Blob,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stallTimer: ReturnType<typeof setTimeout>;
    const restartStallTimer = () => {
      clearTimeout(stallTimer);
      stallTimer = setTimeout(() => request.abort(), stallTimeoutMs);
    };
    const abort = () => request.abort();
    const end = (failed: PartFailure | null) => {
      clearTimeout(stallTimer);
      signal.removeEventListener('abort', abort);
      if (failed) reject(failed);
      else resolve();
    };
    request.upload.addEventListener('progress', (event) => {
      restartStallTimer();
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
    restartStallTimer();
    request.send(body);
    if (signal.aborted) abort();
  });
}
