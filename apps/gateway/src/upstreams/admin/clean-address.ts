/** What may be shown of an address: neither a user name, nor what stands behind the question mark. */
export function cleanAddress(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return address;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href;
}
