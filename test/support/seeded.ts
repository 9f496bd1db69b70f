/** Choices that are the same for the same seed. */
export interface Random {
  /** A whole number from 0 up to, and without, `bound`. */
  below(bound: number): number;
  one<Item>(items: readonly Item[]): Item;
}

/** A linear congruential generator of 48 bits: no more than a test needs. */
export function seeded(seed: number): Random {
  const MODULUS = 2n ** 48n;
  let state = (BigInt(seed) ^ 0x5deece66dn) % MODULUS;
  const below = (bound: number): number => {
    state = (state * 0x5deece66dn + 11n) % MODULUS;
    return Number((state >> 17n) % BigInt(bound));
  };
  return { below, one: (items) => items[below(items.length)]! };
}
