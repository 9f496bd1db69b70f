import { VersioningType, type VersioningOptions } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';

/**
 * The version a request asks for, where it is not part of the path; in a form that differs whenever routers could
 * tell two requests apart. `''` when there is none. `request` is Node's own: it is what Nest gives to extractors.
 */
export function requestedVersion(
  versioning: VersioningOptions | undefined,
  request: IncomingMessage,
): string {
  switch (versioning?.type) {
    case VersioningType.HEADER:
      return String(request.headers[versioning.header.toLowerCase()] ?? '');
    case VersioningType.MEDIA_TYPE:
      return mediaTypeVersion(request.headers.accept ?? '', versioning.key);
    case VersioningType.CUSTOM:
      return customVersion(() => versioning.extractor(request));
    default:
      return '';
  }
}

const QUOTED = String.raw`"(?:[^"\\]|\\[^])*"?`;
const MEDIA_RANGES = new RegExp(`(?:${QUOTED}|[^,"])+`, 'g');
const PARAMETERS = new RegExp(`(?:${QUOTED}|[^;"])+`, 'g');

/** Of the first parameter, in any of the media ranges, that starts with `key`. */
function mediaTypeVersion(accept: string, key: string): string {
  for (const range of accept.match(MEDIA_RANGES) ?? []) {
    const [, ...parameters] = range.match(PARAMETERS) ?? [];
    const version = parameters.map((parameter) => parameter.trim()).find((text) => text.startsWith(key));
    if (version === undefined) continue;
    const value = version.slice(key.length);
    const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
    return isQuoted ? value.slice(1, -1).replace(/\\([^])/g, '$1') : value;
  }
  return '';
}

function customVersion(extract: () => unknown): string {
  let version: unknown;
  try {
    version = extract();
  } catch {
    // Nest asks for the version only where routes have one: this route has none, so there is none to know.
    return '';
  }
  if (typeof version === 'string') return version;
  return Array.isArray(version) ? JSON.stringify(version.map(String)) : '';
}
