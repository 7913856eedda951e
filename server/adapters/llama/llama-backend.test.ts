import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelBackendContract } from '#ports/contracts/model-backend.ts';
import { llamaBackend } from './llama-backend.ts';
import { modelForTests } from './model-for-tests.ts';

const { folder, name, skip } = modelForTests();

modelBackendContract(
  'the embedded mind',
  async () => {
    const empty = await mkdtemp(join(tmpdir(), 'bat-models-'));
    const backend = llamaBackend({ modelsFolder: folder, defaultModel: name, gpu: false });
    const nobody = llamaBackend({ modelsFolder: empty, defaultModel: name, gpu: false });
    return { backend, nobody, model: name, close: () => backend.close() };
  },
  { skip },
);
