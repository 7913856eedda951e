/** Puts together what `/api/health` says. Knows nothing of how the answers were found. */
import { assignVoices, chooseBackend } from '#domain/minds.ts';
import type { Settings } from '#domain/settings.ts';
import type { ImageFault } from '#ports/journal.ts';
import type { Health, HealthCheck } from '#protocol/rest.ts';
import type { Society } from '#protocol/society.ts';
import type { Descriptions } from './actors/backend-watch.ts';

type Evidence = {
  version: string;
  settings: Settings;
  society: Readonly<Society>;
  descriptions: Descriptions;
  /** Checks that were made once, at start. */
  atStart: readonly HealthCheck[];
  /** Why the image refuses to store, if it does. */
  fault: ImageFault | null;
};

export function healthOf({ version, settings, society, descriptions, atStart, fault }: Evidence): Health {
  const kind = chooseBackend(settings.backend.kind, descriptions);
  const backend = descriptions[kind];
  const voices = assignVoices(society.personas, settings, descriptions);
  const mute = voices.filter(({ mind }) => mind === null);
  const checks: HealthCheck[] = [
    ...atStart,
    {
      name: 'image',
      ok: fault === null,
      detail: fault?.message ?? 'Every word is stored.',
      remedy: fault ? 'Free some space, or make the data folder writable.' : null,
    },
    {
      name: 'backend',
      ok: backend?.reachable ?? false,
      detail: backend?.detail ?? 'not asked yet',
      remedy: backend?.remedy ?? null,
    },
    {
      name: 'models',
      ok: mute.length === 0,
      detail:
        mute.length === 0
          ? sentence(voices.map(({ note }) => note))
          : `Nobody can speak for ${mute.map(({ persona }) => persona).join(', ')}.`,
      remedy: mute[0]?.remedy ?? null,
    },
    ...society.faults.slice(-3).map(({ actor, reason }) => ({
      name: actor,
      ok: false,
      detail: reason,
      remedy: 'Restart the server; its log says more.',
    })),
  ];
  return {
    status: checks.every(({ ok }) => ok) ? 'ready' : 'degraded',
    version,
    backend: {
      kind,
      reachable: backend?.reachable ?? false,
      version: backend?.version ?? null,
      detail: backendSentence(settings, descriptions),
    },
    checks,
  };
}

/** Who speaks, in one sentence, for the ready line and the browser. */
export function backendSentence(settings: Settings, descriptions: Descriptions): string {
  const kind = chooseBackend(settings.backend.kind, descriptions);
  const description = descriptions[kind];
  if (!description) return `${kind}: not asked yet`;
  return kind === 'embedded' && description.reachable
    ? `${description.detail}: a very small mind, for trying out`
    : description.detail;
}

const sentence = (notes: readonly (string | null)[]): string => {
  const said = [...new Set(notes.filter((note) => note !== null))];
  return said.length === 0 ? 'Every persona has its own model.' : said.join(' ');
};
