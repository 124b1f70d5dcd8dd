/** A least-recently-used cache. */
export class LruCache<Value> {
  private values = new Map<string, Value>();
  private size = 0;

  /** `capacity` is the capacity in characters of all keys. */
  constructor(private readonly capacity: number) {}

  get(key: string): Value | undefined {
    const value = this.values.get(key);
    if (value !== undefined) {
      // Moves the entry to the most recent position.
      this.values.delete(key);
      this.values.set(key, value);
    }
    return value;
  }

  set(key: string, value: Value): Value {
    if (!this.values.delete(key)) this.size += key.length;
    this.values.set(key, value);
    for (const oldest of this.values.keys()) {
      if (this.size <= this.capacity || oldest === key) break;
      this.values.delete(oldest);
      this.size -= oldest.length;
    }
    return value;
  }

  get length(): number {
    return this.values.size;
  }
}
