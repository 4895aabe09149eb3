/** A 4xx of Achilles Core, to be passed on as it came: status, body and media type. */
export class CoreRefusal extends Error {
  constructor(
    readonly status: number,
    readonly body: string,
    readonly contentType: string,
    readonly retryAfter: string | undefined,
  ) {
    super(`Achilles Core answered ${status}`);
    this.name = 'CoreRefusal';
  }
}
