/** A FIFO semaphore. */
export class Semaphore {
  private waiting: (() => void)[] = [];

  constructor(private permits: number) {}

  /** Resolves to a release function once a permit is available, or when aborted. */
  async acquire(signal: AbortSignal): Promise<() => void> {
    if (this.permits > 0) this.permits -= 1;
    else {
      const acquired = await new Promise<boolean>((resolve) => {
        const grant = () => {
          signal.removeEventListener('abort', cancel);
          resolve(true);
        };
        const cancel = () => {
          this.waiting = this.waiting.filter((one) => one !== grant);
          resolve(false);
        };
        this.waiting.push(grant);
        signal.addEventListener('abort', cancel, { once: true });
        if (signal.aborted) cancel();
      });
      if (!acquired) return () => {};
    }
    return () => {
      const next = this.waiting.shift();
      // Passes the permit on to the next waiter.
      if (next) next();
      else this.permits += 1;
    };
  }
}
