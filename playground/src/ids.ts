// Ids have a type prefix, so the ids of a response can replace the placeholders of the next tab.
const seen = new Map<string, string>();

/** Remembers the first id of each type in a response. The latest response wins. */
export function rememberIds(response: unknown): void {
  const found = new Map<string, string>();
  for (const [id, kind] of JSON.stringify(response).matchAll(/\b([a-z]{3})_(?:[0-9a-z]{26}){1,2}\b/g)) {
    if (!found.has(kind!)) found.set(kind!, id);
  }
  for (const [kind, id] of found) seen.set(kind, id);
}

/** Replaces placeholders such as `"wks_…"` with received ids. */
export function fillIds(variables: string): string {
  return variables.replace(/"([a-z]{3})_…"/g, (placeholder, kind: string) => {
    const id = seen.get(kind);
    return id ? JSON.stringify(id) : placeholder;
  });
}
