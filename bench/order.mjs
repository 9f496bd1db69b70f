// JSON of a given size.

/** `value` with a `note` that makes its JSON so many bytes long. */
export const padded = (value, bytes) => ({
  ...value,
  note: 'x'.repeat(bytes - JSON.stringify({ ...value, note: '' }).length),
});

const lines = [
  { sku: 'tea-0001', quantity: 2, price: 1250 },
  { sku: 'cup-0042', quantity: 1, price: 900 },
];

/** 300 bytes of JSON. */
export const ORDER = JSON.stringify(padded({ customer: 'c-1029', currency: 'EUR', lines }, 300));
