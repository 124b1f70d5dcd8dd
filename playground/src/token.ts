// The token lives in this browser tab only (sessionStorage), never in localStorage, and is shown
// in the headers of each request: what one sees is what is sent.
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
    for (const tell of listeners) tell();
  },
  subscribe(tell: () => void) {
    listeners.add(tell);
    return () => void listeners.delete(tell);
  },
};

export const bearer = (value: string) => `Bearer ${value}`;

/**
 * The headers of an editor tab, brought into line with the token: set where the tab is empty or
 * holds a token of ours that is no longer in use, left alone where somebody wrote their own.
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
