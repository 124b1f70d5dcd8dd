/** With whom the viewer has direct messages, and how lately they read there. Pure. */

interface Place {
  kind: string;
  directMembers: readonly { id: string }[];
  reading?: { lastReadSeq: number } | null;
}

/** By member; a higher number is more recent. */
export function recentContacts(channels: readonly Place[], meId: string): Map<string, number> {
  const contacts = new Map<string, number>();
  for (const { kind, directMembers, reading } of channels) {
    if (kind !== 'DIRECT') continue;
    for (const { id } of directMembers) {
      const seq = Math.max(reading?.lastReadSeq ?? 0, contacts.get(id) ?? 0);
      if (id !== meId) contacts.set(id, seq);
    }
  }
  return contacts;
}
