/** How many are inside, for who waits until nobody is. */
export class Occupancy {
  private inside = 0;
  private readonly waiting: (() => void)[] = [];

  get size(): number {
    return this.inside;
  }

  enter(): void {
    this.inside += 1;
  }

  leave(): void {
    this.inside -= 1;
    if (this.inside === 0) for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Resolves when nobody is inside. */
  emptied(): Promise<void> {
    if (this.inside === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
