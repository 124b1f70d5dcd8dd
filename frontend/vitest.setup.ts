/** What one test changes, the next does not see. */
import { afterEach, vi } from 'vitest';

afterEach(() => {
  localStorage.clear();
  vi.useRealTimers();
});
