import { hash } from 'node:crypto';
import type { Offer } from './connect-departure.js';

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1.5rem; color: #1d2330; background: #f6f7f9 }
h1 { font-size: 1.5rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1.25rem; padding: 1rem 1.25rem; background: #fff; border: 1px solid #d8dce3; border-radius: .5rem }
dt { color: #5b6474 }
dd { margin: 0; overflow-wrap: anywhere }
.warning { border-left: .25rem solid #b35c00; padding-left: .75rem }
button { font: inherit; padding: .6rem 1.2rem; border: 0; border-radius: .4rem; color: #fff; background: #1f4fd1; cursor: pointer }
`;
const STYLE_SHA256 = hash('sha256', STYLE, 'base64');

/** What a page may do: nothing but send its one form, and go where the answer to that leads. */
export const pagePolicy = (authorizationPage?: string): string => {
  // Browsers hold every redirect after a form against `form-action`, those of the authorisation server included.
  const targets = authorizationPage === undefined ? "'none'" : `'self' https: ${new URL(authorizationPage).origin}`;
  const styles = `style-src 'sha256-${STYLE_SHA256}'`;
  return `default-src 'none'; ${styles}; form-action ${targets}; frame-ancestors 'none'; base-uri 'none'`;
};

/** @param action where the form is sent @param ticket goes back in it */
export function consentPage({ ticket, spec, address, user }: Offer, action: string, sealed: string): string {
  const { server, scopes } = user;
  const rows = [
    row('Upstream', `<strong>${text(spec.name)}</strong> at ${text(new URL(address).host)}`),
    ...(spec.description === undefined ? [] : [row('About', text(spec.description))]),
    row('You are', `<strong>${text(ticket.subject)}</strong> of ${text(ticket.tenant)}`),
    row('Known by', text(ticket.issuer)),
    row('You sign in at', text(new URL(server.metadata.authorization_endpoint!).host)),
    row(
      'It may',
      scopes.length === 0 ? 'what the server gives' : scopes.map((scope) => `<code>${text(scope)}</code>`).join(' '),
    ),
  ];
  return page(
    `Connect ${spec.name}`,
    `<h1>Connect ${text(spec.name)}</h1>
<p>The Achilles Gateway asks for leave to act for you at this server, whenever a tool is called in your name.</p>
<dl>
${rows.join('\n')}
</dl>
<p class="warning">Go on only if you are this person, and a tool that you have just used sent you here. If somebody else sent you this link, they would get to act with your account.</p>
<form method="post" action="${text(action)}">
<input type="hidden" name="ticket" value="${text(sealed)}">
<button type="submit">Continue to ${text(new URL(server.metadata.authorization_endpoint!).host)}</button>
</form>`,
  );
}

export const connectedPage = (upstream: string): string =>
  page(
    'Connected',
    `<h1>Connected</h1>\n<p>The gateway may now act for you at <strong>${text(upstream)}</strong>. You may close this page and call the tool again.</p>`,
  );

export const failurePage = (reason: string): string =>
  page('Not connected', `<h1>Not connected</h1>\n<p>${text(reason)}</p>`);

const row = (name: string, value: string): string => `<dt>${name}</dt><dd>${value}</dd>`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What others wrote stands for itself, and does not turn the line around. */
const text = (value: string): string =>
  value.replace(/[\p{Cc}\p{Cf}]/gu, '\u{fffd}').replace(/[&<>"']/g, (character) => ENTITIES[character]!);

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
