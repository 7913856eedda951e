/** What the set-up says on the terminal: one living line per step there, plain lines elsewhere. Times in seconds. */
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const REDRAW_MS = 120;
const PLAIN_EVERY_MS = 10_000;

export function progress({
  stream = process.stderr,
  isTerminal = Boolean(process.stderr.isTTY && process.stdout.isTTY),
  now = () => performance.now(),
} = {}) {
  const startedMs = now();
  let total = 0;
  let number = 0;
  const write = (text) => stream.write(text);
  const since = (ms) => seconds(now() - ms);

  return {
    begin(count) {
      total = count;
    },
    note: (text) => write(`${text}\n`),
    step(title) {
      number += 1;
      const begunMs = now();
      const head = `[${number}/${total}] ${title}`;
      let detail = '';
      let plainMs = begunMs;
      let frame = 0;
      if (!isTerminal) write(`${head}\n`);
      const timer = isTerminal ? setInterval(draw, REDRAW_MS) : null;

      function draw() {
        frame = (frame + 1) % FRAMES.length;
        const times = `${since(begunMs)}, in all ${since(startedMs)}`;
        const line = [`${FRAMES[frame]} ${head}`, detail, times].filter(Boolean).join(' · ');
        write(`\r\x1b[2K${line.slice(0, (stream.columns ?? 100) - 1)}`);
      }
      function end(line) {
        if (timer) clearInterval(timer);
        write(isTerminal ? `\r\x1b[2K${line}\n` : `${line}\n`);
      }
      return {
        say(text) {
          detail = text;
          if (isTerminal || now() - plainMs < PLAIN_EVERY_MS) return;
          plainMs = now();
          write(`${head} · ${detail} · ${since(begunMs)}\n`);
        },
        done: (note) =>
          end([`✓ ${head}`, note, `${since(begunMs)}, in all ${since(startedMs)}`].filter(Boolean).join(' · ')),
        failed: (reason) => end(`✗ ${head} · ${since(begunMs)}\n${reason}`),
      };
    },
  };
}

const seconds = (ms) => `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;

export const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;

/** `41 of 94 MiB (43 %)`, or only the first number where the whole is not known. */
export function portion(bytes, wholeBytes) {
  if (!wholeBytes) return mebibytes(bytes);
  const share = Math.min(100, Math.floor((100 * bytes) / wholeBytes));
  return `${mebibytes(bytes)} of ${mebibytes(wholeBytes)} (${share} %)`;
}
