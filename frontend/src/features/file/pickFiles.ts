/** Files from where people take them: a dialog, the clipboard, a drag. */

/** What is dropped; folders are left out, of which a page only sees the name. */
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

/** Whether a drag carries files, which says nothing else before it is dropped. */
export function carriesFiles(data: DataTransfer | null): boolean {
  return data !== null && [...data.types].includes('Files');
}

/** What is pasted: browsers call every picture of the clipboard `image.png`. */
export function pastedFilesOf(data: DataTransfer | null, now: Date = new Date()) {
  return filesOf(data).map((file) => named(file, now));
}

function named(file: globalThis.File, now: Date): globalThis.File {
  if (file.name !== '' && !/^image\.\w+$/.test(file.name)) return file;
  const ending = endingOf(file.type);
  const name = `${file.type.startsWith('image/') ? 'Picture' : 'File'} ${moment(now)}${ending}`;
  return new globalThis.File([file], name, { type: file.type });
}

/** As part of a name: `2026-03-09 14.05.33`. */
export function moment(now: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join('-');
  return `${day} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join('.')}`;
}

const endings: Record<string, string> = {
  'image/jpeg': '.jpg',
  'image/svg+xml': '.svg',
  'text/plain': '.txt',
  'audio/mp4': '.m4a',
  'audio/mpeg': '.mp3',
};

export function endingOf(type: string): string {
  const plain = type.split(';')[0] ?? '';
  const half = plain.split('/')[1] ?? '';
  return endings[plain] ?? (/^[a-z0-9]{1,5}$/.test(half) ? `.${half}` : '');
}
