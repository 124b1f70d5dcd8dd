/** The color theme: light, dark or system. Stored on this device. */
import { readStored, useStored, writeStored } from './deviceStorage';

export type Theme = 'system' | 'light' | 'dark';

const storageKey = 'confab.theme';
const systemDark = window.matchMedia('(prefers-color-scheme: dark)');

export function setTheme(theme: Theme): void {
  writeStored(storageKey, theme);
  applyTheme();
}

/** Applies the theme now and whenever the system setting changes. */
export function initTheme(): void {
  applyTheme();
  systemDark.addEventListener('change', applyTheme);
}

export function useTheme(): Theme {
  return parseTheme(useStored(storageKey));
}

function parseTheme(stored: string | null): Theme {
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

function applyTheme(): void {
  const theme = parseTheme(readStored(storageKey));
  const dark = theme === 'dark' || (theme === 'system' && systemDark.matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}
