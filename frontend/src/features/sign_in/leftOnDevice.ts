/** What this device keeps of somebody's writing: drafts, searches, and messages that have not gone out. */
const kept = /^confab\.(draft|outbox|searches)\./;
const unsent = /^confab\.outbox\./;

/** How many messages would be lost with it. */
export function countUnsent(storage: Storage = localStorage): number {
  return Object.keys(storage).filter((key) => unsent.test(key)).length;
}

/** Nothing that was written here is left for whoever uses the device next. */
export function forgetWriting(storage: Storage = localStorage): void {
  for (const key of Object.keys(storage)) if (kept.test(key)) storage.removeItem(key);
}
