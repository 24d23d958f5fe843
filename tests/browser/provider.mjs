// A real OpenID provider, and a build of the demo that signs in with it.

import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { buildDemo } from './portal.mjs';

const CLIENT = 'portal';

/** A port that nothing uses at this moment. */
async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/**
 * Builds the demo with `site.sign_in` for a provider that is not started yet.
 * @param {string} rest further lines of `sign_in`
 */
export async function buildWithSignIn(rest = '') {
  const issuer = `http://localhost:${await freePort()}`;
  const built = await buildDemo(`  sign_in:\n    issuer: ${issuer}\n    client_id: ${CLIENT}\n${rest}`);
  return { issuer, ...built };
}

/**
 * Starts the provider for a site. Any login is accepted without a password; `claims` gives its claims.
 * @param {string} issuer
 * @param {string} url of the site
 * @param {(login: string) => object} claims
 */
export async function startProvider(issuer, url, claims) {
  const redirect = `${url}me.html`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: CLIENT,
      token_endpoint_auth_method: 'none',
      redirect_uris: [redirect],
      post_logout_redirect_uris: [redirect],
      grant_types: ['authorization_code'],
      response_types: ['code'],
    }],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], email: ['email'] },
    clientBasedCORS: (context, origin) => origin === new URL(url).origin,
    findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, ...claims(id) }) }),
    cookies: { keys: ['a key of this test'] },
    ttl: { AccessToken: 600, IdToken: 600, Interaction: 600, Session: 600, Grant: 600 },
  });
  const server = createServer(provider.callback());
  await new Promise((done) => server.listen(Number(new URL(issuer).port), 'localhost', done));
  return { close: () => new Promise((done) => server.close(done).closeAllConnections()) };
}
