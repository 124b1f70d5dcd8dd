/**
 * Whether somebody is at this page: idle after a while without input, active at once with the next.
 *
 * A hidden page gets no input, so it goes the same way; coming back to it counts as input.
 */
import type { Activity } from './presence';

/** Without input for so long. */
export const idleAfter = 5 * 60_000;

const inputs = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

export class ActivityWatch {
  private last = Date.now();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private activity: Activity = 'ACTIVE';
  private readonly onChange: (activity: Activity) => void;

  constructor(onChange: (activity: Activity) => void) {
    this.onChange = onChange;
    for (const kind of inputs) {
      window.addEventListener(kind, this.touched, { capture: true, passive: true });
    }
    window.addEventListener('focus', this.touched);
    document.addEventListener('visibilitychange', this.seen);
    this.timer = setTimeout(this.look, idleAfter);
  }

  now(): Activity {
    return this.activity;
  }

  stop(): void {
    clearTimeout(this.timer);
    for (const kind of inputs) {
      window.removeEventListener(kind, this.touched, { capture: true });
    }
    window.removeEventListener('focus', this.touched);
    document.removeEventListener('visibilitychange', this.seen);
  }

  /** Cheap: it is called with every move of the pointer. */
  private readonly touched = (): void => {
    this.last = Date.now();
    if (this.activity === 'ACTIVE') return;
    this.change('ACTIVE');
    this.timer = setTimeout(this.look, idleAfter);
  };

  private readonly seen = (): void => {
    if (document.visibilityState === 'visible') this.touched();
  };

  private readonly look = (): void => {
    const left = this.last + idleAfter - Date.now();
    if (left > 0) this.timer = setTimeout(this.look, left);
    else this.change('IDLE');
  };

  private change(activity: Activity): void {
    this.activity = activity;
    this.onChange(activity);
  }
}
