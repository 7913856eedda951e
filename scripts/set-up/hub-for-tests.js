/** A model hub on loopback for tests: one file at every address, in ranges, with its sha256 in the header that real hubs use. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * `budgetBytes`: after so many bytes of ranges the hub falls silent; `sha256`: what it claims; `status`: what it answers instead.
 * `asked` lists where the ranges that were asked for begin.
 */
export async function startHub({ body, budgetBytes = Infinity, sha256 = sha256Of(body), status = 200 }) {
  const asked = [];
  let leftBytes = budgetBytes;
  const server = createServer((request, answer) => {
    if (status !== 200) return void answer.writeHead(status).end();
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
    const [from, to] = range ? [Number(range[1]), Number(range[2])] : [0, body.length - 1];
    answer.writeHead(range ? 206 : 200, {
      'accept-ranges': 'bytes',
      'content-length': to - from + 1,
      'x-linked-etag': `"${sha256}"`,
      ...(range ? { 'content-range': `bytes ${from}-${to}/${body.length}` } : {}),
    });
    if (request.method === 'HEAD') return void answer.end();
    if (!range) return void answer.write(body.subarray(0, 1_000)); // only asked for its headers
    asked.push(from);
    const part = body.subarray(from, Math.min(to + 1, from + leftBytes));
    leftBytes -= part.length;
    if (part.length < to - from + 1) return void answer.write(part);
    answer.end(part);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    asked,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

export const sha256Of = (body) => createHash('sha256').update(body).digest('hex');
