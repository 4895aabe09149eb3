// What every client here is told: `node <client>.mjs '{"url":…,"token":…,"era":…,"tool":…,"arguments":{…}}'`.
export const target = JSON.parse(process.argv[2]);
export const headers = target.token === undefined ? {} : { authorization: `Bearer ${target.token}` };

/** What every client here prints: the names that were listed, and the text that the call answered. */
export function report(tools, text, more = {}) {
  process.stdout.write(JSON.stringify({ tools, text, ...more }));
}
