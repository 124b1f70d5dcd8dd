/** The server counts unread messages, mentions and notifications up to here, and no further. */
const mostCounted = 1000;

/** The count as it is shown: `1000+` where the server has stopped counting. */
export function countInWords(count: number): string {
  return count >= mostCounted ? `${mostCounted}+` : String(count);
}
