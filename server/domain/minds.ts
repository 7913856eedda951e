/**
 * Which mind each persona speaks through, given what the backends have. Pure; knows nothing of how they are asked.
 * Sizes in 10^9 parameters.
 */
import type { Persona } from './codex.ts';
import type { BackendKind, Settings } from './settings.ts';
import type { Mind } from './task.ts';

export type KnownModel = { name: string; parametersB: number | null; canSpeak: boolean };
export type KnownBackend = { reachable: boolean; models: readonly KnownModel[]; detail: string; remedy: string | null };
export type Backends = Partial<Record<BackendKind, KnownBackend>>;

/** `mind` is null when nobody can speak for the persona; `note` says why, or why a stand-in does, in one sentence. */
export type Voice = {
  persona: string;
  wanted: string;
  mind: Mind | null;
  note: string | null;
  reason: 'backend-unreachable' | 'model-missing' | null;
  remedy: string | null;
};

/** The name of the model that a persona asks for: its key in [models], or else the key itself. */
export const wantedModel = ({ modelKey }: Pick<Persona, 'modelKey'>, models: Settings['models']): string =>
  models[modelKey] ?? modelKey;

/** `auto` takes Ollama when it answers and has any model that speaks, else the embedded mind; a named backend is taken as it is. */
export function chooseBackend(choice: Settings['backend']['kind'], backends: Backends): BackendKind {
  if (choice !== 'auto') return choice;
  const canSpeak = backends.ollama?.reachable && backends.ollama.models.some((model) => model.canSpeak);
  return canSpeak ? 'ollama' : 'embedded';
}

export function assignVoices(
  personas: readonly Persona[],
  settings: Pick<Settings, 'models' | 'backend'>,
  backends: Backends,
): Voice[] {
  const kind = chooseBackend(settings.backend.kind, backends);
  const backend = backends[kind];
  const voices = personas.map((persona): Voice => {
    const wanted = wantedModel(persona, settings.models);
    const none = { persona: persona.name, wanted, mind: null };
    if (!backend?.reachable) {
      return {
        ...none,
        note: backend?.detail ?? `The ${kind} backend is not set up.`,
        reason: 'backend-unreachable',
        remedy: backend?.remedy ?? null,
      };
    }
    if (kind === 'embedded') return embeddedVoice(none, backend, numCtxOf(persona));
    const own = backend.models.find((model) => isSameModel(model.name, wanted));
    if (own)
      return {
        ...none,
        mind: { backend: kind, model: own.name, wanted, numCtx: numCtxOf(persona) },
        note: null,
        reason: null,
        remedy: null,
      };
    const remedy = kind === 'ollama' ? `ollama pull ${wanted}` : `Load ${wanted} on the model server.`;
    const standIn = settings.backend.kind === 'auto' ? nearest(wanted, backend.models) : undefined;
    if (!standIn) return { ...none, note: `${wanted} is not on the model server.`, reason: 'model-missing', remedy };
    return {
      ...none,
      mind: { backend: kind, model: standIn.name, wanted, numCtx: numCtxOf(persona) },
      note: `${wanted} is not on the model server; ${standIn.name} speaks for it until "${remedy}" is done.`,
      reason: null,
      remedy,
    };
  });
  return withSharedContext(voices);
}

const DEFAULT_NUM_CTX = 4_096;
const numCtxOf = ({ numCtx }: Persona): number => numCtx ?? DEFAULT_NUM_CTX;

/** A model has one canonical context window, the largest that any of its voices asks for: another one would load it anew. */
function withSharedContext(voices: Voice[]): Voice[] {
  const widest = new Map<string, number>();
  for (const { mind } of voices) if (mind) widest.set(mind.model, Math.max(mind.numCtx, widest.get(mind.model) ?? 0));
  return voices.map((voice) =>
    voice.mind
      ? { ...voice, mind: { ...voice.mind, numCtx: widest.get(voice.mind.model) ?? voice.mind.numCtx } }
      : voice,
  );
}

function embeddedVoice(
  none: Pick<Voice, 'persona' | 'wanted'> & { mind: null },
  { models, remedy }: KnownBackend,
  numCtx: number,
): Voice {
  const model = models.find(({ canSpeak }) => canSpeak);
  if (!model) return { ...none, note: 'No embedded model is there.', reason: 'model-missing', remedy };
  const isTiny = (model.parametersB ?? 1) < 0.5;
  const note = isTiny ? 'A very small mind, for trying out.' : null;
  return {
    ...none,
    mind: { backend: 'embedded', model: model.name, wanted: none.wanted, numCtx },
    note,
    reason: null,
    remedy: null,
  };
}

/** Ollama adds `:latest` where no tag is given. */
export const isSameModel = (a: string, b: string): boolean => withTag(a) === withTag(b);
const withTag = (name: string): string => (name.includes(':') ? name : `${name}:latest`);

/** The nearest model that can speak: the same family first, then the closest size, then the name, so that the choice is stable. */
function nearest(wanted: string, models: readonly KnownModel[]): KnownModel | undefined {
  const family = familyOf(wanted);
  const size = sizeOf(wanted);
  const distance = (model: KnownModel): number => Math.abs((model.parametersB ?? size) - size);
  return models
    .filter((model) => model.canSpeak)
    .toSorted(
      (a, b) =>
        Number(familyOf(b.name) === family) - Number(familyOf(a.name) === family) ||
        distance(a) - distance(b) ||
        a.name.localeCompare(b.name),
    )[0];
}

const familyOf = (name: string): string => (name.split(':')[0] ?? name).split('/').at(-1) ?? name;
const DEFAULT_SIZE_B = 7;
const sizeOf = (name: string): number => Number(/(\d+(?:\.\d+)?)b\b/iu.exec(name)?.[1] ?? DEFAULT_SIZE_B);

/** The minds that these personas take into a task now; one that is not there yet is waited for under the name that is wanted. */
export function mindsFor(
  names: readonly string[],
  {
    voices,
    settings,
    personas,
    backends,
  }: { voices: readonly Voice[]; settings: Settings; personas: readonly Persona[]; backends: Backends },
): Record<string, Mind> {
  const backend = chooseBackend(settings.backend.kind, backends);
  const awaited = (name: string): Mind => {
    const persona = personas.find((one) => one.name === name) ?? { modelKey: name };
    const wanted = wantedModel(persona, settings.models);
    return {
      backend,
      model: backend === 'embedded' ? settings.embedded.model : wanted,
      wanted,
      numCtx: DEFAULT_NUM_CTX,
    };
  };
  return Object.fromEntries(
    names.map((name) => [name, voices.find(({ persona }) => persona === name)?.mind ?? awaited(name)]),
  );
}

/** True when the mind's backend answers and has its model. */
export function hasMind({ backend, model }: Mind, backends: Backends): boolean {
  const known = backends[backend];
  return known?.reachable === true && known.models.some(({ name }) => isSameModel(name, model));
}
