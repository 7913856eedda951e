/**
 * Carries one task from its prompt to its result, turn by turn. All it knows is what was committed, so it can be ended and
 * begun again at any moment. Knows nothing of lanes or sockets.
 */
import { judge, nextStep, voicedTurns, type Step } from '#domain/contrapunto.ts';
import { measureDissonance } from '#domain/dissonance.ts';
import { needsTheWorldToChange, type Failure } from '#domain/failure.ts';
import { performanceOf } from '#domain/performance.ts';
import { readPolicy } from '#domain/policy-reading.ts';
import type { Task, Turn } from '#domain/task.ts';
import { VOICED } from '#domain/task-terms.ts';
import { ImageFault } from '#ports/journal.ts';
import type { Fact } from '#protocol/facts.ts';
import type { Assignment, Delivered, PersonaMessage, TurnResult } from './persona.ts';
import { dissentOf } from './prompts/synthesis.ts';
import type { ActorSpec, Context, Ref } from './runtime/actor.ts';
import { planTurn, type TurnPlan } from './turn-plan.ts';
import type { World } from './world.ts';

export type SomaMessage =
  { type: 'go-on' } | { type: 'spoken'; plan: TurnPlan; step: Speak; result: TurnResult } | { type: 'store-again' };

type Speak = Extract<Step, { do: 'speak' }>;
/** `unstored` waits for room on the disk; `failures` counts tries at the current turn in this life of the Soma. */
type State = { failures: number; unstored: (() => Fact[]) | null };

type Surroundings = Pick<World, 'journal' | 'store' | 'settings' | 'pinned' | 'pace'> & {
  personaCalled(name: string): Ref<PersonaMessage> | undefined;
  ended(taskId: string): void;
  digestOf(mind: Task['minds'][string]): string | null;
};

const LANE = 'card';

export function soma(taskId: string, world: Surroundings): ActorSpec<State, SomaMessage> {
  const { journal, store, pinned, settings, pace } = world;

  function task(): Task {
    const found = store.task(taskId);
    if (!found) throw new Error(`there is no task ${taskId}`);
    return found;
  }

  function policyOf({ policy }: Task) {
    const found = pinned.heuristics(policy.version)?.contrapuntoPolicy.find(({ name }) => name === policy.name);
    if (!found) throw new Error(`the policy ${policy.name} is not in version ${policy.version} of the heuristics`);
    return found;
  }

  function takeNextStep(state: State, context: Context<SomaMessage>): State {
    const current = task();
    const step = nextStep(current);
    if (step.do === 'finish') return stored({ ...state, unstored: () => [finished(current, step.outcome)] }, context);
    const codex = pinned.codex(current.codexVersion);
    const speaker = world.personaCalled(step.persona);
    if (!codex || !speaker) throw new Error(`${step.persona} is not in the society any more`);
    const attempt = current.attempts.filter(({ no }) => no === step.no).length + 1;
    const plan = planTurn(
      current,
      step,
      { codex, policy: policyOf(current), caps: settings.contrapunto.caps },
      attempt,
    );
    const { seed, promptSha256, messages } = plan;
    const intended: Fact = {
      type: 'turn.intended',
      taskId,
      no: step.no,
      attempt,
      persona: step.persona,
      kind: step.kind,
      seed,
      promptSha256,
      prompt: messages,
    };
    journal.commit(current.status === 'waiting' ? [{ type: 'task.started', taskId }, intended] : [intended]);
    speaker.tell({ type: 'speak', assignment: assignmentFor(plan, step, attempt, context) });
    return state;
  }

  function assignmentFor(plan: TurnPlan, step: Speak, attempt: number, { self }: Context<SomaMessage>): Assignment {
    const { backend, model, numCtx } = plan.mind;
    const { no, persona } = step;
    return {
      backend,
      model,
      numCtx,
      class: 'dialogue',
      taskId,
      no,
      attempt,
      script: plan.script,
      begin: () => void journal.commit([{ type: 'turn.started', taskId, no, persona, attempt }]),
      done: (result) => self.tell({ type: 'spoken', plan, step, result }),
    };
  }

  function factsOfTurn(plan: TurnPlan, step: Speak, delivered: Delivered): Fact[] {
    const before = task();
    const turn = measured(before, turnFrom(plan, step, delivered, world.digestOf(plan.mind)));
    const facts: Fact[] = [{ type: 'turn.committed', taskId, turn }];
    if (VOICED.includes(turn.kind)) {
      const { turns: cap, minutes } = settings.contrapunto.caps;
      const verdict = judge([...before.turns, turn], readPolicy(policyOf(before), cap), {
        maxTurns: before.maxTurns,
        policyVersion: before.policy.version,
        maxMs: minutes * 60_000,
      });
      return [...facts, { type: 'verdict.reached', taskId, verdict }];
    }
    const after = { ...before, turns: [...before.turns, turn] };
    const next = nextStep(after);
    return next.do === 'finish' ? [...facts, finished(after, next.outcome)] : facts;
  }

  function measured(before: Task, turn: Turn): Turn {
    const voiced = voicedTurns([...before.turns, turn]);
    if (!VOICED.includes(turn.kind) || voiced.length < 2) return turn;
    const newest = before.personas.map((name) => voiced.findLast(({ persona }) => persona === name)?.stance ?? null);
    return { ...turn, dissonance: measureDissonance(newest, settings.contrapunto.weights) };
  }

  function failed(state: State, step: Speak, failure: Failure, context: Context<SomaMessage>): State {
    const failures = state.failures + 1;
    const attempt = task().attempts.filter(({ no }) => no === step.no).length + 1;
    const fact: Fact = {
      type: 'attempt.failed',
      taskId,
      no: step.no,
      attempt,
      persona: step.persona,
      reason: failure.kind,
      detail: failure.detail,
    };
    if (needsTheWorldToChange(failure.kind) || failures > pace.retryAfter.length) {
      const paused: Fact = {
        type: 'task.paused',
        taskId,
        reason: failure.kind,
        detail: failure.detail,
        remedy: failure.remedy ?? null,
        by: 'system',
      };
      return stored({ failures, unstored: () => [fact, paused] }, context);
    }
    journal.commit([fact]);
    context.after(pace.retryAfter[failures - 1] ?? 0, { type: 'go-on' });
    return { ...state, failures };
  }

  /** Commits what is unstored and goes on; while the disk is full it keeps it and tries again. */
  function stored(state: State, context: Context<SomaMessage>): State {
    const facts = state.unstored?.() ?? [];
    try {
      journal.commit(facts);
    } catch (error) {
      if (!(error instanceof ImageFault)) throw error;
      context.after(pace.storeAgainAfter, { type: 'store-again' });
      return state;
    }
    const isOver = facts.some(({ type }) => type === 'task.finished' || type === 'task.paused');
    if (isOver) world.ended(taskId);
    else context.self.tell({ type: 'go-on' });
    return { failures: isOver ? state.failures : 0, unstored: null };
  }

  return {
    name: `soma-${taskId}`,
    init(context) {
      context.self.tell({ type: 'go-on' });
      return { failures: 0, unstored: null };
    },
    receive(state, message, context) {
      try {
        switch (message.type) {
          case 'go-on':
            return takeNextStep(state, context);
          case 'spoken': {
            const { plan, step, result } = message;
            if (!result.ok) return failed(state, step, result.failure, context);
            return stored({ ...state, unstored: () => factsOfTurn(plan, step, result.delivered) }, context);
          }
          case 'store-again':
            return state.unstored ? stored(state, context) : state;
          default:
            return message satisfies never;
        }
      } catch (error) {
        if (!(error instanceof ImageFault)) throw error;
        context.after(pace.storeAgainAfter, { type: 'go-on' });
        return state;
      }
    },
  };
}

/** How a task ends: with its synthesis, what stays contested, and what it cost. */
function finished(task: Task, outcome: Exclude<Task['outcome'], null>): Fact {
  const synthesis = task.turns.findLast(({ kind }) => kind === 'synthesis')?.text ?? null;
  return {
    type: 'task.finished',
    taskId: task.id,
    status: 'done',
    outcome,
    reason: task.verdicts.at(-1)?.reason ?? null,
    synthesis,
    dissent: dissentOf(task),
    performance: performanceOf(task.turns),
  };
}

function turnFrom(
  { mind, seed, promptSha256 }: TurnPlan,
  { no, persona, kind }: Speak,
  delivered: Delivered,
  modelDigest: string | null,
): Turn {
  const { text, finish, stance, firstTokenMs, durationMs, waitMs, loadMs, startedAt, usage } = delivered;
  return {
    no,
    persona,
    kind,
    state: 'committed',
    text,
    model: mind.model,
    modelDigest,
    lane: LANE,
    seed,
    promptSha256,
    startedAt,
    waitMs,
    loadMs,
    firstTokenMs,
    durationMs,
    promptTokens: usage.promptTokens,
    completionTokens: usage.completionTokens,
    finish,
    stance,
    dissonance: null,
    novelty: null,
  };
}
