import { VersioningType, type VersioningOptions } from '@nestjs/common';
import type { HttpRequest } from './platform/http-platform.js';

/** The version a request asks for, where it is not part of the path. `''` when there is none. */
export function requestedVersion(versioning: VersioningOptions | undefined, request: HttpRequest): string {
  switch (versioning?.type) {
    case VersioningType.HEADER:
      return String(request.headers[versioning.header.toLowerCase()] ?? '');
    case VersioningType.MEDIA_TYPE: {
      const parameters = String(request.headers.accept ?? '')
        .split(';')
        .slice(1);
      const version = parameters.find((parameter) => parameter.includes(versioning.key)) ?? '';
      return version.split(versioning.key)[1]?.trim() ?? '';
    }
    case VersioningType.CUSTOM: {
      const version = versioning.extractor(request);
      return Array.isArray(version) ? version.join(',') : version;
    }
    default:
      return '';
  }
}
