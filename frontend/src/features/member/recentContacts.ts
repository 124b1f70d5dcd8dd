/** Members in direct channels with the viewer, by read position. Pure. */

interface Place {
  kind: string;
  directMembers: readonly { id: string }[];
  readState?: { lastReadSeq: number } | null;
}

/** Maps member ids to the last read sequence number. Higher is more recent. */
export function recentContacts(channels: readonly Place[], meId: string): Map<string, number> {
  const contacts = new Map<string, number>();
  for (const { kind, directMembers, readState } of channels) {
    if (kind !== 'DIRECT') continue;
    for (const { id } of directMembers) {
      const seq = Math.max(readState?.lastReadSeq ?? 0, contacts.get(id) ?? 0);
      if (id !== meId) contacts.set(id, seq);
    }
  }
  return contacts;
}
