/** Reads files from drops and the clipboard. */
import { m } from '../../paraglide/messages';

/** Returns dropped files. Skips folders, whose contents are not accessible. */
export function filesOf(data: DataTransfer | null): globalThis.File[] {
  if (!data) return [];
  const items = [...data.items].filter(({ kind }) => kind === 'file');
  const files = items.flatMap((item) => {
    if (item.webkitGetAsEntry?.()?.isDirectory) return [];
    const file = item.getAsFile();
    return file ? [file] : [];
  });
  return files.length > 0 ? files : [...data.files];
}

/** Whether a drag contains files. Details are available only on drop. */
export function carriesFiles(data: DataTransfer | null): boolean {
  return data !== null && [...data.types].includes('Files');
}

/** Returns pasted files with unique names, because browsers name every clipboard image `image.png`. */
export function pastedFilesOf(data: DataTransfer | null, now: Date = new Date()) {
  return filesOf(data).map((file) => withUniqueName(file, now));
}

function withUniqueName(file: globalThis.File, now: Date): globalThis.File {
  if (file.name !== '' && !/^image\.\w+$/.test(file.name)) return file;
  const extension = extensionOf(file.type);
  const name = file.type.startsWith('image/') ? m.file_pasted_image : m.file_pasted_other;
  const time = fileTimestamp(now);
  return new globalThis.File([file], name({ time }) + extension, { type: file.type });
}

/** Formats a time for a file name: `2026-03-09 14.05.33`. */
export function fileTimestamp(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
  return `${day} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('.')}`;
}

const extensions: Record<string, string> = {
  'image/jpeg': '.jpg',
  'image/svg+xml': '.svg',
  'text/plain': '.txt',
  'audio/mp4': '.m4a',
  'audio/mpeg': '.mp3',
};

export function extensionOf(type: string): string {
  const plain = type.split(';')[0] ?? '';
  const half = plain.split('/')[1] ?? '';
  return extensions[plain] ?? (/^[a-z0-9]{1,5}$/.test(half) ? `.${half}` : '');
}
