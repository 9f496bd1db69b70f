/** Makes the verbs of a response do nothing: it has been sent, and Nest is about to send what the interceptor gave it. */
export function silence(response: object, verbs: readonly string[]): void {
  const say = () => response;
  for (const verb of verbs) (response as Record<string, unknown>)[verb] = say;
}
