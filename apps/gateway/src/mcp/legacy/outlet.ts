/** Where a client hears something before the answer to its request. */
export interface Outlet {
  /** @param message a JSON-RPC message */
  tell(message: string): void;
}
