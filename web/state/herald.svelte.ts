/** Says aloud, for those who do not watch the stream, what has been committed: one sentence at a time. */
import { createContext } from 'svelte';
import type { Fact } from '#protocol/facts.ts';
import { decisionWords, failureWords } from '../ui/phrases.ts';

export class Herald {
  #sentence = $state.raw('');

  get sentence() {
    return this.#sentence;
  }

  say(sentence: string): void {
    this.#sentence = sentence;
  }

  tell(fact: Fact): void {
    const sentence = sentenceFor(fact);
    if (sentence) this.say(sentence);
  }
}

function sentenceFor(fact: Fact): string | null {
  switch (fact.type) {
    case 'task.created':
      return `The society has your question: ${fact.task.title}`;
    case 'turn.committed':
      if (fact.turn.kind === 'synthesis') return `${fact.turn.persona} has closed the dialogue with a synthesis.`;
      return `${fact.turn.persona} has spoken, turn ${fact.turn.no + 1}.`;
    case 'verdict.reached':
      if (fact.verdict.decision === 'continue') return null;
      return `Verdict: ${decisionWords[fact.verdict.decision]}, ${fact.verdict.reason}.`;
    case 'attempt.failed':
      return `${fact.persona} was interrupted: ${failureWords(fact.reason)}.`;
    case 'task.paused':
      return `A dialogue is paused: ${failureWords(fact.reason)}.`;
    default:
      return null;
  }
}

export const [getHerald, setHerald] = createContext<Herald>();
