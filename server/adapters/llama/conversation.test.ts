import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelRequest, Usage } from '#ports/model-backend.ts';
import type { ChatMessage } from '#protocol/facts.ts';
import { llamaBackend, type LlamaBackend } from './llama-backend.ts';
import { modelForTests } from './model-for-tests.ts';

const { folder, name, skip } = modelForTests();
const never = new AbortController().signal;
const CONVERSATIONS = 2;

describe.skipIf(skip)(
  `conversations of the embedded mind${skip ? ` (skipped: ${skip})` : ''}`,
  { timeout: 60_000 },
  () => {
    let mind: LlamaBackend;
    beforeAll(async () => {
      mind = llamaBackend({ modelsFolder: folder, defaultModel: name, gpu: false, conversations: CONVERSATIONS });
      await mind.load(name, { numCtx: 2_048 }, never);
    }, 60_000);
    afterAll(() => mind.close());

    async function say(conversation: string, messages: ChatMessage[], over: Partial<ModelRequest> = {}): Promise<Said> {
      const request = { model: name, messages, seed: 3, temperature: 0.8, maxTokens: 20, conversation, ...over };
      let text = '';
      for await (const event of mind.stream(request, never)) {
        if (event.type === 'delta') text += event.text;
        if (event.type === 'failed') throw new Error(event.failure.detail);
        if (event.type === 'finished') return { text, usage: event.usage };
      }
      throw new Error('the stream had no end');
    }

    const opening = (persona: string): ChatMessage[] => [
      {
        role: 'system',
        content: `You are ${persona}. You weigh what a harbour town should build with one small grant.`,
      },
      {
        role: 'user',
        content: 'A library, a breakwater or a clean well? Say what you think, and why, in a few sentences.',
      },
    ];
    const goingOn = (before: ChatMessage[], answer: string): ChatMessage[] => [
      ...before,
      { role: 'assistant', content: answer },
      { role: 'user', content: 'And what would you say to the fishermen?' },
    ];

    test('a second turn evaluates only what is new, whoever has spoken in between', async () => {
      const first = await say('brick', opening('BRICK'));
      expect(first.usage.evaluatedTokens).toBe(first.usage.promptTokens);
      const other = await say('robin', opening('ROBIN'));
      expect(other.usage.evaluatedTokens).toBe(other.usage.promptTokens);

      const second = await say('brick', goingOn(opening('BRICK'), first.text));
      const grown = second.usage.promptTokens - first.usage.promptTokens - first.usage.completionTokens;
      // the last token of an answer was said but never read
      expect(second.usage.evaluatedTokens).toBeLessThanOrEqual(grown + 1);
    });

    test('a conversation that gave way to others is read again, and says the same', async () => {
      const asked = goingOn(opening('ALFRED'), 'The well comes first.');
      await say('alfred', opening('ALFRED'));
      const kept = await say('alfred', asked);
      for (const another of ['one', 'two']) await say(another, opening('BABS'), { maxTokens: 2 });
      const again = await say('alfred', asked);
      expect(kept.usage.evaluatedTokens).toBeLessThan(kept.usage.promptTokens);
      expect(again).toEqual({ text: kept.text, usage: { ...kept.usage, evaluatedTokens: again.usage.promptTokens } });
    });

    test('a prompt that does not fit with its answer is refused, with the numbers', async () => {
      await expect(say('long', opening('BRICK'), { maxTokens: 2_048 })).rejects.toThrow(
        /^The prompt of \d+ tokens and 2048 for the answer do not fit the context of 2048 tokens\.$/,
      );
    });

    test('a history that was rewritten is read from where it differs', async () => {
      const messages = opening('BRICK');
      const plain = await say('rewritten', messages);
      const rewritten = await say('rewritten', [
        messages[0] as ChatMessage,
        { role: 'user', content: 'What is a harbour for?' },
      ]);
      expect(rewritten.usage.evaluatedTokens).toBeLessThan(rewritten.usage.promptTokens);
      expect((await say('rewritten', messages)).text).toBe(plain.text);
    });
  },
);

type Said = { text: string; usage: Usage };
