/**
 * The open workspace. The context never changes, so reading it never causes a render.
 *
 * The workspace's data is in the Apollo cache, where events keep it up to date. `boot` shows it as a store: each
 * hook below renders its component only when the part that it returns changes.
 */
import { type ReadableStore, useStore } from '../../ui/store';
import type { Boot, ViewerChannel } from './boot';
import type { LiveState, Position } from './live';
import { declareService } from './service';

export interface OpenWorkspace {
  id: string;
  boot: ReadableStore<Boot>;
  live: ReadableStore<LiveState>;
  position: Readonly<Position>;
}

export const [WorkspaceContext, useWorkspace] = declareService<OpenWorkspace>('useWorkspace');

/** `select` returns a part of boot, not a new object. */
export function useBoot<Part>(select: (boot: Boot) => Part): Part {
  return useStore(useWorkspace().boot, select);
}

/** The viewer's own member. */
export function useMe(): Boot['me'] {
  return useBoot(({ me }) => me);
}

/** The viewer's channels, including direct channels. Changes with their unread counts. */
export function useViewerChannels(): readonly ViewerChannel[] {
  return useBoot(({ channels }) => channels);
}

/** Undefined if the viewer is not a member. Changes with its unread count. */
export function useViewerChannel(channelId: string | undefined): ViewerChannel | undefined {
  return useBoot(({ channels }) => channels.find(({ id }) => id === channelId));
}

export function useLiveState(): LiveState {
  return useStore(useWorkspace().live);
}
