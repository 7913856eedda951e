/** What the Architect can set about the machine. Defaults are what the shipped file says; knows nothing of files or environment. */
import { z } from 'zod';
import { ModelName, Name } from './id.ts';

const share = z.number().min(0).max(1);

export const BackendKind = z.enum(['ollama', 'embedded', 'openai']);
export type BackendKind = z.infer<typeof BackendKind>;
export const BackendChoice = z.enum(['auto', ...BackendKind.options]);

export const Server = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on; loopback unless a token is set.'),
  port: z.int().min(0).max(65_535).default(4180).describe('Port to listen on; 0 takes any free one.'),
  allowedHosts: z
    .array(z.string().min(1))
    .default([])
    .describe('Further Host names to answer to, for a reverse proxy.'),
  requireToken: z.boolean().default(false).describe('Ask for a token even on loopback.'),
});

export const Lane = z.strictObject({
  name: Name.describe('How the lane is called.'),
  backend: BackendKind.describe('What serves the lane.'),
  url: z.url().optional().describe('Where the lane is, when it is not the default.'),
  vramMib: z.int().min(0).optional().describe('Video memory of the lane in MiB.'),
  maxResident: z.int().min(1).default(1).describe('How many models may be resident at once.'),
  parallel: z.int().min(1).default(1).describe('How many turns may be spoken at once.'),
});

export const DissonanceWeights = z
  .strictObject({
    contested: share.default(0.35).describe('Weight of the share of claims that are contested.'),
    declared: share.default(0.35).describe('Weight of the declared disagreement.'),
    semantic: share.default(0.1).describe('Weight of the distance in meaning.'),
    contradiction: share.default(0.2).describe('Weight of contradiction between claims, where a model for it is set.'),
  })
  .refine((weights) => Object.values(weights).some((weight) => weight > 0), 'at least one weight must be above 0');
export type DissonanceWeights = z.infer<typeof DissonanceWeights>;

export const Caps = z.strictObject({
  turns: z.int().min(2).max(40).default(40).describe('Hard limit of turns per dialogue, whatever the policy says.'),
  minutes: z.int().min(1).max(240).default(30).describe('Hard limit of minutes spoken per dialogue.'),
  tokensPerTurn: z.int().min(16).max(4_096).default(220).describe('Most tokens in one turn.'),
});
export type Caps = z.infer<typeof Caps>;

export const Settings = z.strictObject({
  server: Server.prefault({}),
  system: z
    .strictObject({
      imagePath: z.string().min(1).default('data').describe('Folder of the Living Image.'),
      resume: z.enum(['auto', 'ask']).default('auto').describe('What happens at start to dialogues that were running.'),
    })
    .prefault({}),
  models: z
    .record(z.string(), z.union([ModelName, z.literal('built-in')]))
    .default({ alfred: 'gemma2:9b', babs: 'mistral', brick: 'phi3', robin: 'llama3.1', embedding: 'built-in' })
    .describe('Which model speaks for which key of the codex.'),
  backend: z
    .strictObject({
      kind: BackendChoice.default('auto').describe(
        'Who speaks: auto takes Ollama where it answers, else the embedded mind.',
      ),
      ollamaUrl: z.url().default('http://127.0.0.1:11434').describe('Where Ollama answers.'),
      openaiUrl: z.url().optional().describe('Where an OpenAI-compatible server answers.'),
    })
    .prefault({}),
  embedded: z
    .strictObject({
      model: z
        .string()
        .min(1)
        .default('SmolLM2-135M-Instruct.Q4_1.gguf')
        .describe('GGUF file in the models folder, or an hf: address.'),
    })
    .prefault({}),
  lane: z.array(Lane).default([]).describe('Further places where a model can be resident.'),
  contrapunto: z.strictObject({ weights: DissonanceWeights.prefault({}), caps: Caps.prefault({}) }).prefault({}),
  memory: z
    .strictObject({
      dbPath: z.string().min(1).default('data/scrapbook').describe('Folder of the vector memory.'),
      tableName: z.string().min(1).default('scrapbook').describe('Its table.'),
    })
    .prefault({}),
  sandbox: z
    .strictObject({
      image: z.string().min(1).default('a4ps-sandbox').describe('Container image for generated code.'),
      runtime: z.string().min(1).default('runsc').describe('Container runtime; runsc is gVisor.'),
      minimumTier: z.string().min(1).default('gvisor').describe('Isolation below which nothing is run.'),
    })
    .prefault({}),
  autopoiesis: z
    .strictObject({
      curationThreshold: z
        .number()
        .min(0)
        .max(5)
        .default(4.5)
        .describe('Score from which an exchange may train a model, 0 to 5.'),
      fineTuneTriggerSize: z.int().min(1).default(10).describe('How many such exchanges start a training.'),
      activeContrapuntoPolicy: Name.default('Default Patience').describe('The policy of tasks that name none.'),
    })
    .prefault({}),
});
export type Settings = z.infer<typeof Settings>;
