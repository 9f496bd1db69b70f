/** Who is logged in; at `request.user`. */
export interface User {
  readonly id: string;
}
