/** The workspace and channel that were open last on this device. */
const workspaceKey = 'confab.lastWorkspace';

export function lastWorkspace(): string | null {
  return localStorage.getItem(workspaceKey);
}

export function rememberWorkspace(id: string): void {
  localStorage.setItem(workspaceKey, id);
}

export function lastChannel(workspaceId: string): string | null {
  return localStorage.getItem(`confab.lastChannel.${workspaceId}`);
}

export function rememberChannel(workspaceId: string, channelId: string): void {
  localStorage.setItem(`confab.lastChannel.${workspaceId}`, channelId);
}
