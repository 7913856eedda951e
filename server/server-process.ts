/** Runs the real server as a child for tests: its own data folder, any free port, ended with the test. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));

export type RunningServer = {
  url: string;
  readyLine: string;
  child: ChildProcess;
  /** Ends it and resolves with its exit code, or the signal's name. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string | null>;
};

export type Ended = { code: number | null; stdout: string; stderr: string };

/** Resolves with the running server when it says that it is ready, or with how it ended when it does not get there. */
export async function startServer(env: Record<string, string>): Promise<RunningServer | Ended> {
  const child = spawn(process.execPath, [MAIN, '--no-open'], {
    env: { ...process.env, BAT_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  const ready = Promise.withResolvers<string>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
    const line = said.stdout.split('\n').find((one) => one.startsWith('BAT OS ready at '));
    if (line) ready.resolve(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string | null);
  const first = await Promise.race([ready.promise, ended.then(() => null)]);
  if (first === null) return { code: child.exitCode, ...said };
  const url = /http:\/\/\S+/.exec(first)?.[0] ?? '';
  const end = (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal);
    return ended;
  };
  return { url, readyLine: first, child, end };
}

export function isRunning(server: RunningServer | Ended): server is RunningServer {
  return 'url' in server;
}
