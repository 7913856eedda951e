import { describe, expect, test } from 'vitest';
import { Settings } from '#domain/settings.ts';
// @ts-expect-error -- the set-up is plain JavaScript, for machines where nothing is installed yet
import { fileNameOf } from '../scripts/set-up/mind-wish.js';
import { mindFileName, ollamaUrl, readEnvironment } from './environment.ts';

describe('the environment', () => {
  test.each([
    ['SmolLM2-135M-Instruct.Q4_1.gguf', 'SmolLM2-135M-Instruct.Q4_1.gguf'],
    ['hf:user/repository/file.gguf', 'file.gguf'],
    ['hf:user/repository/file.gguf#branch', 'file.gguf'],
    ['hf:user/repository:Q4_K_M', 'repository.Q4_K_M.gguf'],
    ['http://127.0.0.1/models/file.gguf?download=true', 'file.gguf'],
  ])('keeps %s as %s, as the set-up does', (model, file) => {
    expect(mindFileName(model)).toBe(file);
    expect((fileNameOf as typeof mindFileName)(model)).toBe(file);
  });

  test.each([
    ['127.0.0.1', 'http://127.0.0.1:11434'],
    ['0.0.0.0:11999', 'http://127.0.0.1:11999'],
    ['http://box.local:1234/', 'http://box.local:1234'],
    ['https://box.local', 'https://box.local'],
  ])("reads OLLAMA_HOST=%s as Ollama's own tools do", (host, url) => {
    expect(ollamaUrl(host)).toBe(url);
  });

  test('wins over the settings', () => {
    const { over, opensBrowser, modelFile } = readEnvironment(
      { BAT_PORT: '0', BAT_BACKEND: 'embedded', OLLAMA_HOST: '127.0.0.1:1', BAT_MODEL: '/m/x.gguf' },
      ['--no-open'],
    );
    expect(over(Settings.parse({}))).toMatchObject({
      server: { port: 0, host: '127.0.0.1' },
      backend: { kind: 'embedded', ollamaUrl: 'http://127.0.0.1:1' },
    });
    expect({ opensBrowser, modelFile }).toEqual({ opensBrowser: false, modelFile: '/m/x.gguf' });
  });

  test('with a port that is none is refused in one line', () => {
    expect(() => readEnvironment({ BAT_PORT: 'http' }, [])).toThrow(
      'BAT_PORT is "http"; it must be a port number, or 0 for any free port.',
    );
  });
});
