/**
 * What one conversation has evaluated so far. Only tokens that are new since its last request are evaluated.
 * Knows nothing of chats or text: tokens in, tokens out.
 */
import type {
  LlamaContextSequence,
  LlamaGrammarEvaluationState,
  LlamaModel,
  SequenceEvaluateOptions,
  Token,
} from 'node-llama-cpp';

/** An abort waits for one chunk at most: 0.2 s for a small model on one core. */
const CHUNK_TOKENS = 32;

export type Sampling = { temperature: number; seed: number; grammar: LlamaGrammarEvaluationState | null };

export type Conversation = {
  readonly contextSize: number;
  /** Evaluates the prompt up to its last token; gives the number of tokens evaluated, or null when `signal` came between. */
  read(prompt: readonly Token[], signal: AbortSignal): Promise<number | null>;
  /** The tokens that follow the prompt that was read, without the one that ends the speech. */
  continue(prompt: readonly Token[], sampling: Sampling): AsyncGenerator<Token, void>;
  close(): Promise<void>;
};

export async function openConversation(
  model: LlamaModel,
  { contextSize, threads }: { contextSize: number; threads: number },
): Promise<Conversation> {
  const context = await model.createContext({
    contextSize,
    batchSize: CHUNK_TOKENS,
    sequences: 1,
    threads,
    failedCreationRemedy: false, // it would open a smaller context, unseen
  });
  const sequence = context.getSequence();
  return {
    contextSize: context.contextSize,
    async read(prompt, signal) {
      const known = await keepCommonPrefix(sequence, prompt);
      for (let from = known; from < prompt.length - 1; from = nextBoundary(from)) {
        if (signal.aborted) return null;
        const to = Math.min(nextBoundary(from), prompt.length - 1);
        await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(from, to));
      }
      return prompt.length - known;
    },
    async *continue(prompt, sampling) {
      const said: Token[] = [];
      for await (const token of sequence.evaluate(prompt.slice(-1), optionsFor(sampling, said))) {
        said.push(token);
        yield token;
      }
    },
    close: () => context.dispose(),
  };
}

/** Chunks end at multiples of their size, wherever the known prefix ends. */
const nextBoundary = (from: number): number => (Math.floor(from / CHUNK_TOKENS) + 1) * CHUNK_TOKENS;

async function keepCommonPrefix(sequence: LlamaContextSequence, prompt: readonly Token[]): Promise<number> {
  const { firstDifferentIndex } = sequence.compareContextTokens([...prompt]);
  const known = Math.min(firstDifferentIndex, prompt.length - 1);
  if (known < sequence.nextTokenIndex)
    await sequence.eraseContextTokenRanges([{ start: known, end: sequence.nextTokenIndex }]);
  return sequence.nextTokenIndex;
}

/** Small models fall into loops without a penalty; this is what Ollama does by default, a little firmer. A grammar needs none. */
const REPETITION = { penalty: 1.15, lastTokens: 96 };

function optionsFor({ temperature, seed, grammar }: Sampling, said: readonly Token[]): SequenceEvaluateOptions {
  return {
    temperature,
    seed,
    topP: 0.95,
    minP: 0.05,
    ...(grammar
      ? { grammarEvaluationState: grammar }
      : { repeatPenalty: { penalty: REPETITION.penalty, punishTokens: () => said.slice(-REPETITION.lastTokens) } }),
  };
}
