import type { Head, HttpPlatform } from './platform/http-platform.js';

/** Status and headers of a response as they stand now. */
export function headOf(platform: HttpPlatform, response: unknown): Head {
  return {
    status: platform.rawResponse(response).statusCode,
    headers: platform.headersOf(response),
  };
}
