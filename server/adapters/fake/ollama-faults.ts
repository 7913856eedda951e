/** What can go wrong on the way to an Ollama, one entry per kind. The fake server does it when a plan says so. */
import type { ServerResponse } from 'node:http';

/**
 * `before-headers`, `mid-header`, `mid-line`: the connection is reset there. `silence`: the answer begins and nothing more comes;
 * `silent-headers`: not even a head. `error-line`: an error inside a 200 stream. `no-done`: the stream ends without its last line.
 * `not-json`: a line in the middle is no JSON. `deaf`: a client that leaves does not end the generation. `stuck-unload`: the model stays
 * in /api/ps. `status`: a refusal.
 */
export type Fault =
  | { kind: 'before-headers' | 'mid-header' | 'silent-headers' }
  | { kind: 'mid-line' | 'silence' | 'no-done' | 'not-json' | 'deaf' }
  | { kind: 'stuck-unload' }
  | { kind: 'error-line'; message: string }
  | { kind: 'status'; status: number; message: string };

export type FaultPlan = {
  fault: Fault;
  /** Where it happens; `load` is a generate without a prompt. */
  on?: 'chat' | 'load' | 'unload' | 'describe';
  /** How often; once when left out. */
  times?: number;
  /** Pieces of a chat that still arrive before it. */
  afterPieces?: number;
};

export type PlannedFault = Required<FaultPlan>;

/** Takes the next planned fault for that place off the list. */
export function takeFault(plans: PlannedFault[], on: PlannedFault['on']): PlannedFault | null {
  const plan = plans.find((one) => one.on === on && one.times > 0);
  if (!plan) return null;
  plan.times -= 1;
  return plan;
}

/** Does a fault that needs no stream; false when it is one of those that happen between pieces. */
export function failAtOnce(response: ServerResponse, fault: Fault): boolean {
  switch (fault.kind) {
    case 'before-headers':
      response.socket?.resetAndDestroy();
      return true;
    case 'mid-header':
      response.socket?.write('HTTP/1.1 200 OK\r\nContent-Ty', () => response.socket?.resetAndDestroy());
      return true;
    case 'silent-headers':
      return true;
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'application/json; charset=utf-8' });
      response.end(JSON.stringify({ error: fault.message }));
      return true;
    default:
      return false;
  }
}

/** Does a fault in the middle of a stream, after which no more is sent; false when it is none that ends a stream. */
export function failInStream(response: ServerResponse, fault: Fault): boolean {
  switch (fault.kind) {
    case 'mid-line':
      response.write('{"model":"x","message":{"role":"assis', () => response.socket?.resetAndDestroy());
      return true;
    case 'error-line':
      response.end(`${JSON.stringify({ error: fault.message })}\n`);
      return true;
    case 'not-json':
      response.end('{"model":"x","message":{"role":"assistant","content":"lo\n{"done":true}\n');
      return true;
    case 'no-done':
      response.end();
      return true;
    case 'silence':
      return true;
    default:
      return false;
  }
}
