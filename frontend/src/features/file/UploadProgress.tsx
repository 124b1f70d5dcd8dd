/** How far a file has come, as a bar and in words. */
import { sizeInWords } from './file';
import type { Upload } from './upload';

export function stateInWords({ state, sent, size, failure }: Upload): string {
  switch (state) {
    case 'preparing':
      return 'Waiting to be sent';
    case 'sending':
      return `${sizeInWords(sent)} of ${sizeInWords(size)}`;
    case 'waiting':
      return 'The connection broke. It goes on by itself.';
    case 'checking':
      return 'Being checked';
    case 'done':
      return 'Ready';
    case 'failed':
      return failure?.message ?? 'Not uploaded.';
  }
}

export function UploadProgress({ upload }: { upload: Upload }) {
  const { name, sent, size, state } = upload;
  if (state === 'done' || state === 'failed') return null;
  const percent = size > 0 ? Math.floor((sent / size) * 100) : 0;
  return (
    <span
      role="progressbar"
      aria-label={`Uploading ${name}`}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={stateInWords(upload)}
      className="block h-1 w-full overflow-hidden rounded-full bg-line"
    >
      <span
        className={`block h-full rounded-full transition-[width] ${state === 'waiting' ? 'bg-notice' : 'bg-accent'}`}
        style={{ width: `${percent}%` }}
      />
    </span>
  );
}

/** For those who hear it: said at every quarter, not at every byte. */
export function progressInWords(uploads: readonly Upload[]): string {
  if (uploads.length === 0) return '';
  const failed = uploads.filter(({ state }) => state === 'failed');
  if (failed[0]) {
    return failed.length === 1 ? `${failed[0].name} failed.` : `${failed.length} files failed.`;
  }
  const done = uploads.filter(({ state }) => state === 'done').length;
  const files = uploads.length === 1 ? 'The file' : `${uploads.length} files`;
  if (done === uploads.length) return `${files} ${uploads.length === 1 ? 'is' : 'are'} ready.`;
  const [sent, size] = uploads.reduce(([a, b], u) => [a + u.sent, b + u.size], [0, 0]);
  const quarter = Math.floor((size > 0 ? sent / size : 0) * 4) * 25;
  return `Uploading ${uploads.length === 1 ? 'a file' : files}, ${quarter} percent.`;
}
