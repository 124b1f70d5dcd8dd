// The token of this browser tab, in sessionStorage and never in localStorage. It is visible in the
// headers of each request.
const KEY = 'confab-playground-token';
const past = new Set<string>();

let current = sessionStorage.getItem(KEY);
const listeners = new Set<() => void>();

export const token = {
  get: () => current,
  set(next: string | null) {
    if (current) past.add(bearer(current));
    current = next;
    if (next) sessionStorage.setItem(KEY, next);
    else sessionStorage.removeItem(KEY);
    for (const notify of listeners) notify();
  },
  subscribe(notify: () => void) {
    listeners.add(notify);
    return () => void listeners.delete(notify);
  },
};

export const bearer = (value: string) => `Bearer ${value}`;

/**
 * Updates the headers of an editor tab: sets the token if they are empty or contain an earlier token
 * of this tab, and keeps headers that the user wrote.
 */
export function reconcileHeaders(text: string): string {
  if (text.trim() === '') return current ? write({ Authorization: bearer(current) }) : '';
  let headers: Record<string, unknown>;
  try {
    headers = JSON.parse(text);
  } catch {
    return text;
  }
  if (!past.has(String(headers.Authorization))) return text;
  const { Authorization: _, ...others } = headers;
  if (current) return write({ Authorization: bearer(current), ...others });
  return Object.keys(others).length > 0 ? write(others) : '';
}

const write = (headers: object) => JSON.stringify(headers, null, 2);
