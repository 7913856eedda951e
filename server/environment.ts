/** What the environment and the command line say. They win over settings.toml. */
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BackendChoice, type Settings } from '#domain/settings.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

export type Environment = {
  configFolder: string;
  modelsFolder: string;
  clientFolder: string;
  opensBrowser: boolean;
  /** A GGUF file that is to be the embedded mind, as an absolute path. */
  modelFile: string | null;
  /** Folder of the Living Image, once the settings are known. */
  dataFolder(settings: Settings): string;
  /** The settings with the environment's words put over them. */
  over(settings: Settings): Settings;
};

/** Throws an Error with one readable line when a variable cannot be right. */
export function readEnvironment(env: NodeJS.ProcessEnv, args: readonly string[]): Environment {
  const port = env['BAT_PORT'];
  if (port !== undefined && !/^\d{1,5}$/.test(port))
    throw new Error(`BAT_PORT is "${port}"; it must be a port number, or 0 for any free port.`);
  const backend = env['BAT_BACKEND'];
  const kind = backend === undefined ? undefined : BackendChoice.safeParse(backend);
  if (kind && !kind.success)
    throw new Error(`BAT_BACKEND is "${backend}"; it must be one of ${BackendChoice.options.join(', ')}.`);
  return {
    configFolder: fromRoot(env['BAT_CONFIG'] ?? 'config'),
    modelsFolder: fromRoot(env['BAT_MODELS'] ?? 'data/models'),
    clientFolder: join(ROOT, 'dist/web'),
    opensBrowser: !args.includes('--no-open'),
    modelFile: env['BAT_MODEL'] ? fromRoot(env['BAT_MODEL']) : null,
    dataFolder: ({ system }) => fromRoot(env['BAT_DATA'] ?? system.imagePath),
    over: (settings) => ({
      ...settings,
      server: {
        ...settings.server,
        host: env['BAT_HOST'] ?? settings.server.host,
        port: port === undefined ? settings.server.port : Number(port),
      },
      backend: {
        ...settings.backend,
        kind: kind?.data ?? settings.backend.kind,
        ollamaUrl: env['OLLAMA_HOST'] ? ollamaUrl(env['OLLAMA_HOST']) : settings.backend.ollamaUrl,
      },
    }),
  };
}

const fromRoot = (path: string): string => (isAbsolute(path) ? path : resolve(ROOT, path));

/** Ollama's own convention: host, host:port or a whole address; port 11434 where none is given; 0.0.0.0 is reached on loopback. */
export function ollamaUrl(host: string): string {
  const url = new URL(/^https?:\/\//.test(host) ? host : `http://${host}`);
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  const hasPort = /:\d+\/?$/.test(host.replace(/^https?:\/\//, ''));
  if (!hasPort && !/^https?:/.test(host)) url.port = '11434';
  return url.origin;
}

/** The file that the set-up keeps an embedded model in: `hf:user/repository/file.gguf#branch` is `file.gguf`, `hf:user/repository:Q4` is `repository.Q4.gguf`. */
export function mindFileName(model: string): string {
  const last =
    model
      .replace(/[?#].*$/, '')
      .split('/')
      .at(-1) || model;
  return last.endsWith('.gguf') ? last : `${last.replace(':', '.')}.gguf`;
}
