/** Something that ends. `slot` belongs to the queue. */
export interface Expiring {
  /** ms on the store's clock. Set it through the queue only. */
  expires: number;
  /** Where the queue keeps it. */
  slot: number;
}

/** Children per node. Four numbers are half a cache line: fewer levels to walk than with two. */
const ARITY = 4;

/**
 * Who ends next: a heap in which every entry knows its place, so that it can be moved or taken out when its
 * end changes. Nothing stale is left behind, and no entry needs a timer.
 */
export class ExpiryQueue<Entry extends Expiring> {
  private readonly entries: Entry[] = [];
  // Beside the entries, not in them: comparing then reads one compact array.
  private readonly ends: number[] = [];

  get size(): number {
    return this.entries.length;
  }

  /** The entry that ends first. */
  get first(): Entry | undefined {
    return this.entries[0];
  }

  /** Adds an entry that is not in the queue. */
  add(entry: Entry): void {
    this.settle(this.entries.length, entry);
  }

  /** Changes the end of an entry that is in the queue. */
  move(entry: Entry, expires: number): void {
    entry.expires = expires;
    this.settle(entry.slot, entry);
  }

  /** Takes out an entry that is in the queue. */
  remove(entry: Entry): void {
    const last = this.entries[this.size - 1] as Entry;
    // pop() may keep the memory of a million entries for ever; setting the length gives it back.
    this.entries.length -= 1;
    this.ends.length -= 1;
    if (last !== entry) this.settle(entry.slot, last);
  }

  /** Puts `entry` where it belongs, given that `slot` is free for it or for what has to make room. */
  private settle(slot: number, entry: Entry): void {
    const end = entry.expires;
    let free = slot;
    while (free > 0) {
      const parent = Math.floor((free - 1) / ARITY);
      if (this.endAt(parent) <= end) break;
      this.place(free, this.entries[parent] as Entry, this.endAt(parent));
      free = parent;
    }
    if (free === slot) free = this.makeWayDown(slot, end);
    this.place(free, entry, end);
  }

  private makeWayDown(slot: number, end: number): number {
    let free = slot;
    for (;;) {
      const child = this.earliestChild(free);
      if (this.endAt(child) >= end) return free;
      this.place(free, this.entries[child] as Entry, this.endAt(child));
      free = child;
    }
  }

  private earliestChild(slot: number): number {
    const from = slot * ARITY + 1;
    let earliest = from;
    for (let child = from + 1; child < from + ARITY; child++) {
      if (this.endAt(child) < this.endAt(earliest)) earliest = child;
    }
    return earliest;
  }

  /** Beyond the last entry, never. */
  private endAt(slot: number): number {
    return slot < this.ends.length ? (this.ends[slot] as number) : Infinity;
  }

  private place(slot: number, entry: Entry, end: number): void {
    this.entries[slot] = entry;
    this.ends[slot] = end;
    entry.slot = slot;
  }
}
