/** How free text is written in the header of a record, whose fields have no spaces. */

/** An operation: spaces and `%` as `%20` and `%25`, what else a URL must encode likewise; the rest stays readable. */
export const encodeOperation = (operation: string): string => encodeURI(operation);

/** The operation that `encodeOperation` wrote; as it stands when that is not what wrote it. */
export function decodeOperation(field: string): string {
  try {
    return decodeURIComponent(field);
  } catch {
    return field;
  }
}

/** A note: base64url of its UTF-8. */
export const encodeNote = (note: string): string => Buffer.from(note, 'utf8').toString('base64url');

/** The note that `encodeNote` wrote. */
export const decodeNote = (field: string): string => Buffer.from(field, 'base64url').toString('utf8');
