/** Finds a Chromium for the browser tests: BAT_CHROMIUM, the usual places, then the usual names on the path. */
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Resolves to `{path}`, or `{path: null, reason}`; the reason begins with "missing", see test.js. */
export function findChromium(env, places = PLACES) {
  const named = env.BAT_CHROMIUM;
  if (named) {
    if (isAbsolute(named) && isProgram(named)) return { path: named };
    return { path: null, reason: `missing: BAT_CHROMIUM names ${named}, which is not the absolute path of a program` };
  }
  const onPath = (env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const path = [...places, ...onPath].find((place) => isAbsolute(place) && isProgram(place));
  return path
    ? { path }
    : { path: null, reason: 'missing: Chromium (Debian: apt-get install chromium), or name one by BAT_CHROMIUM' };
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
