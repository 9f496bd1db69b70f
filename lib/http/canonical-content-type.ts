/** What a fingerprint needs to know of a content type. */
export interface CanonicalContentType {
  /** `type/subtype` in lower case; `''` when there is none, or none that can be read. */
  readonly mediaType: string;
  /** The charset in lower case, if one is said. */
  readonly charset?: string;
  /** Equal exactly for content types that say the same. */
  readonly form: string;
}

const TOKEN = String.raw`[\w!#$%&'*+.^|~\`-]+`;
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}$`);
const PARAMETER = new RegExp(String.raw`;[ \t]*(?:(${TOKEN})=(${TOKEN}|"(?:[^"\\]|\\[^])*"))?[ \t]*`, 'y');

/**
 * Reads a `Content-Type` header (RFC 9110, section 8.3.1). The media type, names of parameters and the charset
 * do not depend on case; the order of parameters, white space and quotes make no difference. The boundary of a
 * multipart body does not count: it is chosen anew for every request. What is not well-formed, or has a
 * parameter twice, stands for itself.
 */
export function canonicalContentType(raw: string | undefined): CanonicalContentType {
  const text = raw?.trim() ?? '';
  if (text === '') return { mediaType: '', form: '' };
  const semicolon = text.indexOf(';');
  const mediaType = (semicolon === -1 ? text : text.slice(0, semicolon)).trimEnd().toLowerCase();
  const parameters = semicolon === -1 ? new Map<string, string>() : readParameters(text, semicolon);
  // No media type starts with a quote.
  if (parameters === undefined || !MEDIA_TYPE.test(mediaType))
    return { mediaType: '', form: JSON.stringify(text) };
  const charset = parameters.get('charset');
  if (mediaType.startsWith('multipart/')) parameters.delete('boundary');
  const form = [...parameters]
    .map(([name, value]) => `;${name}=${JSON.stringify(value)}`)
    .sort()
    .join('');
  return { mediaType, charset, form: mediaType + form };
}

function readParameters(text: string, start: number): Map<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (let at = start; at < text.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(text);
    if (match === null) return undefined;
    const name = match[1]?.toLowerCase();
    const value = match[2];
    if (name === undefined || value === undefined) continue; // `;` alone
    if (parameters.has(name)) return undefined;
    const decoded = value.startsWith('"') ? value.slice(1, -1).replace(/\\([^])/g, '$1') : value;
    parameters.set(name, name === 'charset' ? decoded.toLowerCase() : decoded);
  }
  return parameters;
}
