/**
 * A child on Node 24: downloads a model with node-llama-cpp's downloader and says on standard output, one JSON a line,
 * `{arrivedBytes, wholeBytes}` and at last `{entry, sha256}` or `{error}`. Usage: fetch-mind.js ADDRESS FOLDER NAME.
 * HF_ENDPOINT names another hub, HF_TOKEN opens gated models; both are node-llama-cpp's own.
 */
import { createModelDownloader } from 'node-llama-cpp';

const [modelUri, dirPath, fileName] = process.argv.slice(2);
const say = (words) => process.stdout.write(`${JSON.stringify(words)}\n`);
const isInParts = /-\d{5}-of-\d{5}\.gguf$/.test(fileName);

try {
  const sha256 = await sha256AtHub(); // first, because the downloader itself tries an unreachable hub for minutes
  const downloader = await createModelDownloader({
    modelUri,
    dirPath,
    ...(isInParts ? {} : { fileName }),
    deleteTempFileOnCancel: false,
    onProgress: ({ downloadedSize, totalSize }) => say({ arrivedBytes: downloadedSize, wholeBytes: totalSize }),
  });
  await downloader.download();
  say({ entry: downloader.entrypointFilename, sha256: isInParts ? null : sha256 });
  process.exit(0);
} catch (error) {
  say({ error: sentenceOf(error) });
  process.exit(1);
}

/** A hub of Hugging Face's kind names the sha256 of a large file in a header of the answer; null where none is named. Throws where the hub does not answer. */
async function sha256AtHub() {
  const [, user, repository, path, branch = 'main'] =
    /^(?:hf|huggingface):([^/]+)\/([^/:]+)\/([^#]+)(?:#(.+))?$/.exec(modelUri) ?? [];
  const hub = process.env.MODEL_ENDPOINT ?? process.env.HF_ENDPOINT ?? 'https://huggingface.co';
  const url = user ? `${hub.replace(/\/$/, '')}/${user}/${repository}/resolve/${branch}/${path}` : modelUri;
  if (!URL.canParse(url) || !url.startsWith('http')) return null;
  const headers = user && process.env.HF_TOKEN ? { authorization: `Bearer ${process.env.HF_TOKEN}` } : {};
  const answer = await fetch(url, { method: 'HEAD', redirect: 'manual', headers });
  return /^"?([0-9a-f]{64})"?$/.exec(answer.headers.get('x-linked-etag') ?? '')?.[1] ?? null;
}

function sentenceOf(error) {
  const words = `${error?.message ?? error} ${error?.cause?.code ?? error?.code ?? ''}`.trim();
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|fetch failed/i.test(words))
    return `the address cannot be reached (${words}); check the network, then run the same command again.`;
  if (/40[13]/.test(words)) return `the hub refuses it (${words}); set HF_TOKEN if the model is gated.`;
  if (/404|does not exist/.test(words))
    return `there is no such file (${words}); check [embedded] model in settings.toml.`;
  return words;
}
