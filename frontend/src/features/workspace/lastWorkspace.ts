/** The last opened workspace and channels, stored on this device. */
const workspaceKey = 'confab.lastWorkspace';

export function lastWorkspace(): string | null {
  return localStorage.getItem(workspaceKey);
}

export function rememberWorkspace(id: string): void {
  localStorage.setItem(workspaceKey, id);
}

/** Called after the viewer left or was removed. */
export function forgetWorkspace(): void {
  localStorage.removeItem(workspaceKey);
}

export function lastChannel(workspaceId: string): string | null {
  return localStorage.getItem(`confab.lastChannel.${workspaceId}`);
}

export function rememberChannel(workspaceId: string, channelId: string): void {
  localStorage.setItem(`confab.lastChannel.${workspaceId}`, channelId);
}
