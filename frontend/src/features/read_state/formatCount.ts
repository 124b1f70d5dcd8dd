/** The server caps unread, mention and notification counts here. */
const countCap = 1000;

/** Formats a count, as `1000+` at the cap. */
export function formatCount(count: number): string {
  return count >= countCap ? `${countCap}+` : String(count);
}
