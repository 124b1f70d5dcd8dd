/** Upload progress as a bar and as text. */
import { m } from '../../paraglide/messages';
import { formatSize } from './file';
import type { Upload } from './upload';

export function uploadStateLabel({ state, sent, size, failure }: Upload): string {
  switch (state) {
    case 'preparing':
      return m.file_upload_progress_waiting();
    case 'sending':
      return m.file_upload_progress_sent({ sent: formatSize(sent), size: formatSize(size) });
    case 'waiting':
      return m.file_upload_progress_retrying();
    case 'checking':
      return m.file_upload_progress_processing();
    case 'done':
      return m.file_upload_progress_uploaded();
    case 'failed':
      return failure?.message ?? m.file_upload_progress_failed_unknown();
  }
}

export function UploadProgress({ upload }: { upload: Upload }) {
  const { name, sent, size, state } = upload;
  if (state === 'done' || state === 'failed') return null;
  const percent = size > 0 ? Math.floor((sent / size) * 100) : 0;
  return (
    <span
      role="progressbar"
      aria-label={m.file_upload_progress_label({ name })}
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
    return m.file_upload_progress_failed({ count: failed.length, name: failed[0].name });
  }
  const done = uploads.filter(({ state }) => state === 'done').length;
  const count = uploads.length;
  if (done === count) return m.file_upload_progress_all_uploaded({ count });
  const [sent, size] = uploads.reduce(([a, b], u) => [a + u.sent, b + u.size], [0, 0]);
  const quarter = Math.floor((size > 0 ? sent / size : 0) * 4) * 25;
  return m.file_upload_progress_percent({ count, percent: quarter });
}
