/** React hooks for the outbox of the workspace. */
import { useStore } from '../../ui/store';
import { declareService } from '../workspace/service';
import type { Outbox, OutboxEntry } from './outbox';

export const [OutboxContext, useOutbox] = declareService<Outbox>('useOutbox');

export function useOutboxEntries(): readonly OutboxEntry[] {
  return useStore(useOutbox().entries);
}
