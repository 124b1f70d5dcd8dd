/** The last opened workspace and channels, stored on this device. */
import { readStored, writeStored } from '../../ui/deviceStorage';

const workspaceKey = 'confab.lastWorkspace';

export function lastWorkspace(): string | null {
  return readStored(workspaceKey);
}

export function rememberWorkspace(id: string): void {
  writeStored(workspaceKey, id);
}

/** Called after the viewer left or was removed. */
export function forgetWorkspace(): void {
  writeStored(workspaceKey, null);
}

export function lastChannel(workspaceId: string): string | null {
  return readStored(`confab.lastChannel.${workspaceId}`);
}

export function rememberChannel(workspaceId: string, channelId: string): void {
  writeStored(`confab.lastChannel.${workspaceId}`, channelId);
}
