// Ids carry their kind as a prefix, so an answer can fill the placeholders of the next tab.
const seen = new Map<string, string>();

/** Remembers the first id of each kind in an answer; the latest answer wins. */
export function rememberIds(answer: unknown): void {
  const found = new Map<string, string>();
  for (const [id, kind] of JSON.stringify(answer).matchAll(/\b([a-z]{3})_[0-9a-z-]{20,40}\b/g)) {
    if (!found.has(kind!)) found.set(kind!, id);
  }
  for (const [kind, id] of found) seen.set(kind, id);
}

/** Replaces `"wks_…"` and its like by ids that were seen; leaves the rest alone. */
export function fillIds(variables: string): string {
  return variables.replace(/"([a-z]{3})_…"/g, (placeholder, kind: string) => {
    const id = seen.get(kind);
    return id ? JSON.stringify(id) : placeholder;
  });
}
