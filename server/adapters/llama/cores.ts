/** How many physical cores this machine has. Knows nothing of what they are for. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** One core stays free for the server and the browser; a second thread on a shared core makes llama.cpp collapse. */
export function threadsForMind(): number {
  return Math.max(1, physicalCores() - 1);
}

export function physicalCores(): number {
  try {
    const counted =
      process.platform === 'darwin'
        ? Number(execFileSync('sysctl', ['-n', 'hw.physicalcpu'], { encoding: 'utf8', timeout: 1_000 }))
        : coresIn(readFileSync('/proc/cpuinfo', 'utf8'));
    if (counted >= 1) return counted;
  } catch {
    // no such file or command on this system: the estimate below serves
  }
  return Math.max(1, Math.floor(cpus().length / 2));
}

/** Counts pairs of socket and core in the text of /proc/cpuinfo; 0 where it does not name them, as on ARM. */
export function coresIn(cpuinfo: string): number {
  const pairs = cpuinfo.split(/\n\s*\n/u).flatMap((processor) => {
    const core = /^core id\s*:\s*(\d+)/mu.exec(processor)?.[1];
    return core === undefined ? [] : [`${/^physical id\s*:\s*(\d+)/mu.exec(processor)?.[1] ?? 0}/${core}`];
  });
  return new Set(pairs).size;
}
