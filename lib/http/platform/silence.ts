/** Makes the verbs of a response do nothing: it has been sent, and Nest is about to send what the interceptor gave it. */
export function silence(response: object, verbs: readonly string[]): void {
  for (const verb of verbs) {
    Object.defineProperty(response, verb, { value: () => response, configurable: true, writable: true });
  }
}
