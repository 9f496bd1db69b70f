/** Puts own properties on an object, until the returned function is called. */
export function override(target: object, properties: Readonly<Record<string, unknown>>): () => void {
  const names = Object.keys(properties);
  const before = names.map((name) => Object.getOwnPropertyDescriptor(target, name));
  for (const name of names) {
    Object.defineProperty(target, name, { value: properties[name], configurable: true, writable: true });
  }
  return () => {
    // The last one first: V8 then takes the object for what it was, and does not make it a slow one.
    for (let i = names.length - 1; i >= 0; i--) {
      const descriptor = before[i];
      if (descriptor) Object.defineProperty(target, names[i]!, descriptor);
      else Reflect.deleteProperty(target, names[i]!);
    }
  };
}
