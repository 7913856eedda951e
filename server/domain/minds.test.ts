import { describe, expect, test } from 'vitest';
import { assignVoices, type Backends } from './minds.ts';
import { Settings } from './settings.ts';

const personas = ['ALFRED', 'BABS', 'BRICK', 'ROBIN'].map((name) => ({
  name,
  modelKey: name.toLowerCase(),
  systemPrompt: 's',
}));
const settings = (kind: string) => Settings.parse({ backend: { kind } });
const model = (name: string, parametersB: number | null = null, canSpeak = true) => ({ name, parametersB, canSpeak });
const up = (...models: ReturnType<typeof model>[]) => ({ reachable: true, detail: 'up', remedy: null, models });
const down = { reachable: false, detail: 'No Ollama answers.', remedy: 'Start it.', models: [] };
const embedded = up(model('SmolLM2-135M-Instruct.Q4_1.gguf', 0.135));
const full = up(
  model('gemma2:9b', 9.2),
  model('mistral:latest', 7.2),
  model('phi3:latest', 3.8),
  model('llama3.1:latest', 8),
);
const spoken = (kind: string, backends: Backends) =>
  Object.fromEntries(
    assignVoices(personas, settings(kind), backends).map(({ persona, mind, note, reason }) => [
      persona,
      mind ? `${mind.backend} ${mind.model}` : `${reason}: ${note}`,
    ]),
  );

describe('who speaks through what', () => {
  test('is Ollama with every model where it has them all', () => {
    expect(spoken('auto', { ollama: full, embedded })).toEqual({
      ALFRED: 'ollama gemma2:9b',
      BABS: 'ollama mistral:latest',
      BRICK: 'ollama phi3:latest',
      ROBIN: 'ollama llama3.1:latest',
    });
  });

  test('is the embedded mind where no Ollama answers, or none of its models speaks, and says how small it is', () => {
    for (const ollama of [down, up(), up(model('nomic-embed-text:latest', 0.137, false))]) {
      const voices = assignVoices(personas, settings('auto'), { ollama, embedded });
      expect(new Set(voices.map(({ mind }) => mind?.backend))).toEqual(new Set(['embedded']));
      expect(voices[0]?.note).toBe('A very small mind, for trying out.');
    }
  });

  test('is the nearest model, said plainly, where Ollama lacks one: the same family first, then the size', () => {
    const ollama = up(model('gemma2:2b', 2.6), model('phi3:latest', 3.8), model('llama3.1:latest', 8));
    expect(spoken('auto', { ollama, embedded })).toMatchObject({
      ALFRED: 'ollama gemma2:2b',
      BABS: 'ollama llama3.1:latest',
    });
    const alfred = assignVoices(personas, settings('auto'), { ollama, embedded })[0];
    expect(alfred?.note).toBe(
      'gemma2:9b is not on the model server; gemma2:2b speaks for it until "ollama pull gemma2:9b" is done.',
    );
  });

  test('is nobody where Ollama was asked for by name and lacks the model', () => {
    const voices = assignVoices(personas, settings('ollama'), { ollama: up(model('phi3:latest', 3.8)) });
    expect(voices.find(({ persona }) => persona === 'ROBIN')).toMatchObject({
      mind: null,
      reason: 'model-missing',
      remedy: 'ollama pull llama3.1',
    });
    expect(spoken('ollama', { ollama: down })).toMatchObject({ BRICK: 'backend-unreachable: No Ollama answers.' });
  });

  test('shares one context window among those who share a model', () => {
    const two = personas.map((persona, index) => ({ ...persona, numCtx: index === 0 ? 8_192 : undefined }));
    expect(new Set(assignVoices(two, settings('embedded'), { embedded }).map(({ mind }) => mind?.numCtx))).toEqual(
      new Set([8_192]),
    );
  });
});
