/** RFC 8707: what an upstream is called where tokens for it are given. Without its query, which may hold a secret. */
export function resourceOf(address: string): string {
  const { origin, pathname } = new URL(address);
  return pathname === '/' ? origin : origin + pathname;
}
