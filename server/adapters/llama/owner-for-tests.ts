/** A process that loads a model, says which process holds it, and waits to be killed. */
import { llamaBackend } from './llama-backend.ts';

const [modelsFolder = '', model = ''] = process.argv.slice(2);
const mind = llamaBackend({ modelsFolder, defaultModel: model, gpu: false });
await mind.load(model, { numCtx: 512 }, new AbortController().signal);
console.log(mind.pidOf(model));
