/** Upload progress as a bar and as text. */
import { formatSize } from './file';
import type { Upload } from './upload';

export function uploadStateLabel({ state, sent, size, failure }: Upload): string {
  switch (state) {
    case 'preparing':
      return 'Waiting…';
    case 'sending':
      return `${formatSize(sent)} of ${formatSize(size)}`;
    case 'waiting':
      return 'Connection lost. Retrying…';
    case 'checking':
      return 'Processing…';
    case 'done':
      return 'Uploaded';
    case 'failed':
      return failure?.message ?? 'Upload failed.';
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
      aria-valuetext={uploadStateLabel(upload)}
      className="block h-1 w-full overflow-hidden rounded-full bg-line"
    >
      <span
        className={`block h-full rounded-full transition-[width] ${state === 'waiting' ? 'bg-notice' : 'bg-accent'}`}
        style={{ width: `${percent}%` }}
      />
    </span>
  );
}

/** Text for screen readers. Changes only every 25 percent. */
export function uploadProgressLabel(uploads: readonly Upload[]): string {
  if (uploads.length === 0) return '';
  const failed = uploads.filter(({ state }) => state === 'failed');
  if (failed[0]) {
    return failed.length === 1
      ? `${failed[0].name} failed to upload.`
      : `${failed.length} files failed to upload.`;
  }
  const done = uploads.filter(({ state }) => state === 'done').length;
  const files = uploads.length === 1 ? '1 file' : `${uploads.length} files`;
  if (done === uploads.length) return `${files} uploaded.`;
  const [sent, size] = uploads.reduce(([a, b], u) => [a + u.sent, b + u.size], [0, 0]);
  const quarter = Math.floor((size > 0 ? sent / size : 0) * 4) * 25;
  return `Uploading ${files}, ${quarter} percent.`;
}
