/** Drafts by place (a channel, or a thread's root message), stored on this device. */
import { readStored, useStored, writeStored } from '../../ui/deviceStorage';

function keyOf(memberId: string, placeId: string): string {
  return `confab.draft.${memberId}.${placeId}`;
}

export function readDraft(memberId: string, placeId: string): string {
  return readStored(keyOf(memberId, placeId)) ?? '';
}

export function writeDraft(memberId: string, placeId: string, text: string): void {
  writeStored(keyOf(memberId, placeId), text.trim() === '' ? null : text);
}

export function useDraft(memberId: string, placeId: string): string {
  return useStored(keyOf(memberId, placeId)) ?? '';
}
