/**
 * Detects whether the user is active on this page. Becomes idle after a time without input, and active on the next
 * input. A hidden page receives no input; becoming visible counts as input.
 */
import type { Activity } from './presence';

/** Time without input until idle, in milliseconds. */
export const idleAfterMs = 5 * 60_000;

const inputs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

export class ActivityWatch {
  private last = Date.now();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private activity: Activity = 'ACTIVE';
  private readonly onChange: (activity: Activity) => void;

  constructor(onChange: (activity: Activity) => void) {
    this.onChange = onChange;
    for (const kind of inputs) {
      window.addEventListener(kind, this.onInput, { capture: true, passive: true });
    }
    window.addEventListener('focus', this.onInput);
    document.addEventListener('visibilitychange', this.onVisibilityChange);
    this.timer = setTimeout(this.check, idleAfterMs);
  }

  now(): Activity {
    return this.activity;
  }

  stop(): void {
    clearTimeout(this.timer);
    for (const kind of inputs) {
      window.removeEventListener(kind, this.onInput, { capture: true });
    }
    window.removeEventListener('focus', this.onInput);
    document.removeEventListener('visibilitychange', this.onVisibilityChange);
  }

  /** Must be cheap, because it runs on every pointer move. */
  private readonly onInput = (): void => {
    this.last = Date.now();
    if (this.activity === 'ACTIVE') return;
    this.change('ACTIVE');
    this.timer = setTimeout(this.check, idleAfterMs);
  };

  private readonly onVisibilityChange = (): void => {
    if (document.visibilityState === 'visible') this.onInput();
  };

  private readonly check = (): void => {
    const left = this.last + idleAfterMs - Date.now();
    if (left > 0) this.timer = setTimeout(this.check, left);
    else this.change('IDLE');
  };

  private change(activity: Activity): void {
    this.activity = activity;
    this.onChange(activity);
  }
}
