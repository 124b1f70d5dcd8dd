/** The state of the live connection, as the features below `live` see it. */

/** The last applied position. Mutable: changes do not render. */
export interface Position {
  /** The last applied event of the log. */
  seq: number;
  privateRev: number;
  /** Unread counts include events up to here. */
  countedTo: number;
}

export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'signedOut' | 'gone';
