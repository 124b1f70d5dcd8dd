/** So many at once, the others in line behind them. */
export class Slots {
  private waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** Resolves when it is one's turn, with the way to leave; also when nobody wants it any more. */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.free > 0) this.free -= 1;
    else {
      const came = await new Promise<boolean>((resolve) => {
        const turn = () => {
          signal.removeEventListener('abort', giveUp);
          resolve(true);
        };
        const giveUp = () => {
          this.waiting = this.waiting.filter((one) => one !== turn);
          resolve(false);
        };
        this.waiting.push(turn);
        signal.addEventListener('abort', giveUp, { once: true });
        if (signal.aborted) giveUp();
      });
      if (!came) return () => {};
    }
    return () => {
      const next = this.waiting.shift();
      // The place goes on to the next one.
      if (next) next();
      else this.free += 1;
    };
  }
}
