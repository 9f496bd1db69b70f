/** Which id belongs to which request. */
export abstract class References {
  /** Keeps `id` under `reference` for `ttl` ms, unless there is one already. Returns what is kept. */
  abstract keep(reference: string, id: string, ttl: number): Promise<string>;
}
