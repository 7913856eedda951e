/** The composition root: settings, adapters, society, app, listen, shut down. The only file that knows all of them. */
import open from 'open';
import { pino, type Logger } from 'pino';
import { v7 as uuid } from 'uuid';
import type { BackendKind, Settings } from '#domain/settings.ts';
import type { ModelBackend } from '#ports/model-backend.ts';
import { HOME_PACE, type Clock } from './actors/world.ts';
import { llamaBackend } from './adapters/llama/llama-backend.ts';
import { ollamaBackend } from './adapters/ollama/ollama-backend.ts';
import { ImageUnusable, openImage } from './adapters/sqlite/image.ts';
import { ConfigBroken, loadConfig, settingsOnDisk } from './config.ts';
import { mindFileName, readEnvironment, type Environment } from './environment.ts';
import { backendSentence, healthOf } from './health.ts';
import { buildApp } from './http/app.ts';
import { ownHosts } from './http/guard.ts';
import { bringToLife } from './living-society.ts';
import { Settings as SettingsSchema } from '#domain/settings.ts';
import packageJson from '../package.json' with { type: 'json' };

const STOP_WITHIN_MS = 4_000;

/** A reason not to start: one line for a person, exit code 1. */
class CannotStart extends Error {}

async function main(): Promise<void> {
  const environment = readEnvironment(process.env, process.argv.slice(2));
  const logger = pino({ level: process.env['BAT_LOG'] ?? 'warn', base: null }, pino.destination(2));
  const clock: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };
  const image = openImage({
    folder: environment.dataFolder(settingsOnDisk(environment.configFolder) ?? SettingsSchema.parse({})),
    now: clock.now,
    newId: uuid,
  });
  const config = loadConfig(environment.configFolder, image.store);
  const settings = environment.over(config.settings);
  refuseOpenDoors(settings);
  const bootId = uuid();
  const { version } = packageJson;
  image.journal.commit([{ type: 'server.started', bootId, version }, ...config.facts]);

  const backends = backendsFor(settings, environment, logger);
  const life = bringToLife({ image, settings, backends, clock, bootId, newId: uuid, newSeed, pace: HOME_PACE, logger });
  await life.firstLook;

  let hosts: ReadonlySet<string> = new Set();
  const app = await buildApp({
    ...image,
    society: life.society,
    bootId,
    version,
    presence: life.board.snapshot,
    onPresence: life.board.onChange,
    onSignal: life.signals.listen,
    health: () =>
      healthOf({
        version,
        settings,
        society: image.journal.society,
        descriptions: life.descriptions() ?? {},
        atStart: config.checks,
        fault: image.journal.fault,
      }),
    hosts: () => hosts,
    clientFolder: environment.clientFolder,
    logger,
  });

  async function shutDown(): Promise<void> {
    setTimeout(() => process.exit(0), STOP_WITHIN_MS + 500).unref();
    await app.close();
    await life.stop(STOP_WITHIN_MS);
    await Promise.all([...backends.values()].map((backend) => backend.close()));
    image.close();
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void shutDown());

  const address = await listen(app, settings);
  hosts = ownHosts(Number(new URL(address).port), settings.server.allowedHosts);
  process.stdout.write(`BAT OS ready at ${address} · ${backendSentence(settings, life.descriptions() ?? {})}\n`);
  if (environment.opensBrowser && process.stdout.isTTY && hasBrowser()) await open(address).catch(() => {});
}

function backendsFor(
  settings: Settings,
  { modelsFolder, modelFile }: Environment,
  logger: Logger,
): Map<BackendKind, ModelBackend> {
  const ollama = () => ollamaBackend({ url: settings.backend.ollamaUrl, logger });
  const embedded = () =>
    llamaBackend({ modelsFolder, defaultModel: modelFile ?? mindFileName(settings.embedded.model), logger });
  const kinds: Record<Settings['backend']['kind'], [BackendKind, () => ModelBackend][]> = {
    auto: [
      ['ollama', ollama],
      ['embedded', embedded],
    ],
    ollama: [['ollama', ollama]],
    embedded: [['embedded', embedded]],
    openai: [],
  };
  const chosen = kinds[settings.backend.kind];
  if (chosen.length === 0)
    throw new CannotStart(
      'The openai backend is not part of this version. Set BAT_BACKEND to auto, ollama or embedded.',
    );
  return new Map(chosen.map(([kind, make]) => [kind, make()]));
}

function refuseOpenDoors({ server }: Settings): void {
  const isLoopback = ['127.0.0.1', 'localhost', '::1'].includes(server.host);
  if (isLoopback && !server.requireToken) return;
  throw new CannotStart(
    `This version answers on loopback only, and ${server.host} with a token is not built yet. Set host = "127.0.0.1" and require_token = false.`,
  );
}

async function listen(app: Awaited<ReturnType<typeof buildApp>>, { server }: Settings): Promise<string> {
  try {
    return await app.listen({ host: server.host, port: server.port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new CannotStart(
      `Port ${server.port} is in use. Stop what uses it, or set BAT_PORT to another one (0 takes any free port).`,
    );
  }
}

const newSeed = (): number => Math.floor(Math.random() * 2 ** 31);

const hasBrowser = (): boolean =>
  process.platform !== 'linux' ||
  Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'] ?? process.env['WSL_DISTRO_NAME']);

main().catch((error: unknown) => {
  const isExpected = error instanceof CannotStart || error instanceof ConfigBroken || error instanceof ImageUnusable;
  process.stderr.write(
    isExpected
      ? `${error.message}\n`
      : `BAT OS could not start: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
});
