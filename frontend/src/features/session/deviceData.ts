/** Account data in local storage: drafts, recent searches and unsent messages. */
const dataKeys = /^confab\.(draft|outbox|searches)\./;
const outboxKeys = /^confab\.outbox\./;

/** Number of unsent messages that clearing would lose. */
export function countUnsent(storage: Storage = localStorage): number {
  return Object.keys(storage).filter((key) => outboxKeys.test(key)).length;
}

/** Removes the data, so that the next user of the device cannot read it. */
export function clearDeviceData(storage: Storage = localStorage): void {
  for (const key of Object.keys(storage)) if (dataKeys.test(key)) storage.removeItem(key);
}
