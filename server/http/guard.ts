/**
 * Who may talk to the server at all: one hook on every route, static files and upgrades. Refuses by default.
 * A page on another origin or a rebound name gets nothing, not even a status of its own making.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpProblem } from './errors.ts';

type Options = { /** Host header values that are ours, lower case, with port. */ hosts(): ReadonlySet<string> };

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const OWN_SITES = new Set(['same-origin', 'none']);

export const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export function guard(app: FastifyInstance, { hosts }: Options): void {
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers(HEADERS);
    checkHost(request, hosts());
    checkOrigin(request, hosts());
    checkContentType(request);
  });
}

function checkHost({ raw }: FastifyRequest, hosts: ReadonlySet<string>): void {
  const given = raw.rawHeaders.filter((_, index) => index % 2 === 0).filter((name) => name.toLowerCase() === 'host');
  if (given.length === 1 && hosts.has(raw.headers.host ?? '')) return;
  const detail = 'This Host is not ours. Use the printed address, or add the name to allowed_hosts in settings.toml.';
  throw new HttpProblem(421, 'host-not-allowed', detail);
}

function checkOrigin({ headers, method, raw }: FastifyRequest, hosts: ReadonlySet<string>): void {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  const isNavigation =
    method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document' &&
    !raw.headers.upgrade;
  const isOurs = origin === undefined || (origin.startsWith('http') && hosts.has(origin.replace(/^https?:\/\//, '')));
  const isSameSite = site === undefined || OWN_SITES.has(String(site)) || isNavigation;
  if (isOurs && isSameSite) return;
  throw new HttpProblem(403, 'origin-not-allowed', 'Requests from other origins are refused.');
}

function checkContentType({ headers, method }: FastifyRequest): void {
  const hasBody =
    headers['content-length'] !== undefined
      ? headers['content-length'] !== '0'
      : headers['transfer-encoding'] !== undefined;
  if (!UNSAFE.has(method) || !hasBody) return;
  if (/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) return;
  throw new HttpProblem(415, 'unsupported-media-type', 'Send the body as application/json.');
}

/** Loopback names with our port, and the configured ones as they stand. */
export function ownHosts(port: number, allowed: readonly string[]): ReadonlySet<string> {
  return new Set(
    ['127.0.0.1', 'localhost', '[::1]']
      .map((name) => `${name}:${port}`)
      .concat(allowed.map((name) => name.toLowerCase())),
  );
}
