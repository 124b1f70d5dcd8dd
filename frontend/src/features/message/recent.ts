/** Keeps what was computed last, and no more than has room. */
export class Recent<Value> {
  private values = new Map<string, Value>();
  private size = 0;

  /** `room` in characters of the keys. */
  constructor(private readonly room: number) {}

  get(key: string): Value | undefined {
    const value = this.values.get(key);
    if (value !== undefined) {
      // The last one used stands last.
      this.values.delete(key);
      this.values.set(key, value);
    }
    return value;
  }

  set(key: string, value: Value): Value {
    if (!this.values.delete(key)) this.size += key.length;
    this.values.set(key, value);
    for (const oldest of this.values.keys()) {
      if (this.size <= this.room || oldest === key) break;
      this.values.delete(oldest);
      this.size -= oldest.length;
    }
    return value;
  }

  get length(): number {
    return this.values.size;
  }
}
