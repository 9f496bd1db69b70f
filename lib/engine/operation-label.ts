const PRINTABLE = /^[\x20-\x7e]{1,200}$/;

/** An operation's name as stores keep it: printable ASCII, at most 200 characters; class names need not be. */
export function operationLabel(operation: string): string {
  if (PRINTABLE.test(operation)) return operation;
  return operation.replace(/[^\x20-\x7e]/g, '?').slice(0, 200) || '?';
}
