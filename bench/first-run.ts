/**
 * `npm run bench:first-run`: what a newcomer waits for. Clones HEAD into an empty folder with an empty npm cache, starts it cold, asks,
 * starts it again warm, asks again. Prints a table and writes bench/first-run.json. Seconds unless said otherwise.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const GIVE_UP_MS = 15 * 60_000;
const QUESTION = 'Should I repair my old bicycle or buy a new one?';

type Phase = { title: string; seconds: number };
type Started = { url: string; sentence: string; readySeconds: number; phases: Phase[]; npm: ChildProcess };
type Spoken = { firstTokenSeconds: number; tokensPerSecond: number; synthesisSeconds: number; memoryMiB: Memory };
type Memory = { server: number; mind: number };
type Row = { pid: number; parent: number; rssKiB: number; command: string };

/** npm as somebody at a shell would run it: without this process's npm, node_modules or settings of ours. */
function freshEnvironment(cache: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|BAT_|NODE_|INIT_CWD)/.test(name));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return {
    ...Object.fromEntries(own),
    PATH: path.join(delimiter),
    npm_config_cache: cache,
    BAT_PORT: '0',
    BAT_BACKEND: 'embedded',
  };
}

async function start(folder: string, env: NodeJS.ProcessEnv): Promise<Started> {
  const begun = performance.now();
  const since = () => round((performance.now() - begun) / 1_000);
  const npm = spawn('npm', ['start', '--', '--no-open'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const phases: Phase[] = [];
  createInterface({ input: npm.stderr }).on('line', (line) => {
    process.stderr.write(`  ${line}\n`);
    const [, title, seconds] = /^✓ \[\d+\/\d+\] (.+?) · .*?([\d.]+) s, in all/.exec(line) ?? [];
    if (title && seconds) phases.push({ title, seconds: Number(seconds) });
  });
  const ready = Promise.withResolvers<RegExpExecArray>();
  createInterface({ input: npm.stdout }).on('line', (line) => {
    const match = /^BAT OS ready at (\S+) · (.*)$/.exec(line);
    if (match) ready.resolve(match);
  });
  void once(npm, 'close').then(([code]) => ready.reject(new Error(`npm start ended with code ${code}`)));
  const [, url = '', sentence = ''] = await ready.promise;
  return { url, sentence, readySeconds: since(), phases, npm };
}

/** Asks one question and listens until the dialogue is over. */
async function speak({ url, npm }: Started): Promise<Spoken> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/stream`);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'hello', protocol: 1 }));

  const asked = performance.now();
  const since = () => (performance.now() - asked) / 1_000;
  const over = Promise.withResolvers<void>();
  let taskId = '';
  let firstToken = 0;
  let memoryMiB: Memory = { server: 0, mind: 0 };
  const turns: { completionTokens: number; seconds: number }[] = [];
  socket.addEventListener('message', ({ data }) => {
    const { event } = JSON.parse(String(data)) as { event?: StreamEvent };
    if (event?.type === 'turn.delta' && firstToken === 0) firstToken = since();
    if (event?.type === 'turn.committed') {
      const { completionTokens, durationMs, firstTokenMs } = event.turn;
      turns.push({ completionTokens, seconds: (durationMs - firstTokenMs) / 1_000 });
      memoryMiB = memoryBelow(npm.pid);
    }
    if (event?.type === 'task.finished' && event.taskId === taskId) over.resolve();
    if (event?.type === 'task.paused') over.reject(new Error(`the dialogue paused: ${JSON.stringify(event)}`));
  });
  const answer = await fetch(`${url}/api/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: QUESTION, policy: 'Tactical Execution', seed: 7 }),
  });
  if (answer.status !== 201) throw new Error(`the question was refused: ${answer.status} ${await answer.text()}`);
  ({ id: taskId } = (await answer.json()) as { id: string });
  await over.promise;
  socket.close();
  const tokens = sum(turns.map(({ completionTokens }) => completionTokens));
  const seconds = sum(turns.map((turn) => turn.seconds));
  return {
    firstTokenSeconds: round(firstToken),
    tokensPerSecond: round(tokens / seconds),
    synthesisSeconds: round(since()),
    memoryMiB,
  };
}

type StreamEvent =
  | { type: 'turn.delta' }
  | { type: 'turn.committed'; turn: { completionTokens: number; durationMs: number; firstTokenMs: number } }
  | { type: 'task.finished' | 'task.paused'; taskId: string };

async function stop({ npm }: Started): Promise<void> {
  const server = family(npm.pid).find(
    ({ command }) => /server\/main\.ts/.test(command) && !/^(sh|npm)\b/.test(command),
  );
  if (server) process.kill(server.pid, 'SIGTERM');
  if (npm.exitCode === null) await once(npm, 'close');
}

/** Resident memory of the server and of the process with the model in it. */
function memoryBelow(pid: number | undefined): Memory {
  const mebibytes = (pattern: RegExp) =>
    Math.round(
      sum(
        family(pid)
          .filter(({ command }) => pattern.test(command))
          .map(({ rssKiB }) => rssKiB),
      ) / 1_024,
    );
  return { server: mebibytes(/^\S*node\S* server\/main\.ts/), mind: mebibytes(/worker\.ts/) };
}

function family(pid: number | undefined): Row[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,rss=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line): Row[] => {
      const [, own, parent, rssKiB, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return own ? [{ pid: Number(own), parent: Number(parent), rssKiB: Number(rssKiB), command }] : [];
    });
  const found: Row[] = [];
  const below = (parent: number | undefined) => {
    for (const row of rows.filter((one) => one.parent === parent)) {
      found.push(row);
      below(row.pid);
    }
  };
  below(pid);
  return found;
}

const sizeMiB = (path: string) => Number(execFileSync('du', ['-sm', path], { encoding: 'utf8' }).split('\t')[0]);
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const round = (number: number) => Math.round(number * 10) / 10;

const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const folder = mkdtempSync(join(tmpdir(), 'bat-first-run-'));
const house = join(folder, 'house');
setTimeout(() => {
  process.stderr.write(`Gave up after ${GIVE_UP_MS / 60_000} minutes.\n`);
  process.exit(1);
}, GIVE_UP_MS).unref();

try {
  execFileSync('git', ['clone', '--quiet', '--no-local', ROOT, house]);
  const env = freshEnvironment(join(folder, 'npm-cache'));
  const cold = await start(house, env);
  const coldSpoken = await speak(cold);
  await stop(cold);
  const warm = await start(house, env);
  const warmSpoken = await speak(warm);
  await stop(warm);

  const record = {
    at: new Date().toISOString(),
    machine: { platform: process.platform, arch: process.arch, cores: availableParallelism() },
    voice: cold.sentence,
    cold: { ready: cold.readySeconds, phases: cold.phases, ...coldSpoken },
    warm: { ready: warm.readySeconds, phases: warm.phases, ...warmSpoken },
    diskMiB: sizeMiB(house),
  };
  writeFileSync(join(ROOT, 'bench/first-run.json'), `${JSON.stringify(record, null, 2)}\n`);
  const rows: [string, string, string][] = [
    ['what', 'cold', 'warm'],
    ['`npm start` to ready', `${cold.readySeconds} s`, `${warm.readySeconds} s`],
    ...cold.phases.map(({ title, seconds }): [string, string, string] => [`  ${title}`, `${seconds} s`, '']),
    ['question to first token', `${coldSpoken.firstTokenSeconds} s`, `${warmSpoken.firstTokenSeconds} s`],
    [
      '`npm start` to first token',
      ...both((started, spoken) => `${round(started.readySeconds + spoken.firstTokenSeconds)} s`),
    ],
    ['question to end of synthesis', ...both((_, spoken) => `${spoken.synthesisSeconds} s`)],
    ['tokens per second', ...both((_, spoken) => `${spoken.tokensPerSecond}`)],
    ['memory of the server', ...both((_, spoken) => `${spoken.memoryMiB.server} MiB`)],
    ['memory of the mind', ...both((_, spoken) => `${spoken.memoryMiB.mind} MiB`)],
    ['on disk', `${record.diskMiB} MiB`, ''],
  ];
  function both(words: (started: Started, spoken: Spoken) => string): [string, string] {
    return [words(cold, coldSpoken), words(warm, warmSpoken)];
  }
  process.stdout.write(
    `${rows
      .map((cells) => `| ${cells.join(' | ')} |`)
      .join('\n')
      .replace('\n', '\n| --- | --- | --- |\n')}\n`,
  );
} finally {
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
