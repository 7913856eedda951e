/** The main job, nothing faked: the embedded mind, a real browser, no network. */
import { expect } from '@playwright/test';
import { ask, connection, dialogue, hasMind, test, turn } from './stage.ts';

test.skip(
  !hasMind() && !process.env['REQUIRE_ALL'],
  'the embedded model is not there: run "npm start" once to bring it',
);

const EMBEDDED = { BAT_BACKEND: 'embedded' };
const DIALOGUE_MS = 240_000;

test('a question is debated token by token to a verdict and a synthesis, through a reload', async ({ page, house }) => {
  test.setTimeout(DIALOGUE_MS + 60_000);
  const { url } = await house.start(EMBEDDED);
  await page.goto(url);
  await expect(connection(page)).toHaveAttribute('data-connection', 'live');
  const asked = Date.now();
  await ask(page, 'Should I rest today, or finish the report?', { policy: 'Tactical Execution' });
  const first = turn(page, 0);
  await expect(first).toContainText(/\w/, { timeout: 10_000 });
  await expect.poll(async () => (await first.innerText()).length).toBeGreaterThan(20);
  expect(Date.now() - asked).toBeLessThan(15_000);
  const lengths = new Set<number>();
  const grown = async () => lengths.add((await dialogue(page).innerText()).length).size;
  await expect.poll(grown, { intervals: [50], timeout: 60_000 }).toBeGreaterThan(8);

  await expect(turn(page, 1)).toContainText(/\w/, { timeout: 60_000 });
  const before = await first.innerText();
  await page.reload();
  await expect(connection(page)).toHaveAttribute('data-connection', 'live');
  await expect.poll(() => first.innerText()).toBe(before);
  await expect(turn(page, 1)).toContainText(/\w/);

  await expect(dialogue(page).locator('[data-kind=synthesis]')).toContainText(/\w/, { timeout: DIALOGUE_MS });
  await expect(dialogue(page).locator('[data-verdict=converged], [data-verdict=capped]').first()).toBeVisible();
  const { items } = (await (await page.request.get(`${url}/api/tasks`)).json()) as { items: { id: string }[] };
  await expect
    .poll(
      async () =>
        ((await (await page.request.get(`${url}/api/tasks/${items[0]?.id}`)).json()) as { status: string }).status,
      { timeout: DIALOGUE_MS },
    )
    .toBe('done');
  const task = (await (await page.request.get(`${url}/api/tasks/${items[0]?.id}`)).json()) as {
    turns: { text: string; model: string }[];
    backend: string;
  };
  expect(task.backend).toBe('embedded');
  for (const { model, text } of task.turns) {
    expect(model).toMatch(/\.gguf$/);
    expect(text.trim()).not.toBe('');
  }
});

test('a server killed in mid-dialogue goes on at the next turn, and the open page with it', async ({ page, house }) => {
  test.setTimeout(DIALOGUE_MS + 60_000);
  const first = await house.start(EMBEDDED);
  await page.goto(first.url);
  await ask(page, 'Is it kinder to be honest or to be quiet?', { policy: 'Tactical Execution' });
  await expect(turn(page, 1)).toContainText(/\w/, { timeout: 60_000 });
  const said = await turn(page, 0).innerText();
  await first.end('SIGKILL');
  await expect(connection(page)).not.toHaveAttribute('data-connection', 'live');
  await expect.poll(() => turn(page, 0).innerText()).toBe(said);
  await house.start({ ...EMBEDDED, BAT_PORT: new URL(first.url).port });
  await expect(connection(page)).toHaveAttribute('data-connection', 'live', { timeout: 30_000 });
  await expect(dialogue(page).locator('[data-kind=synthesis]')).toContainText(/\w/, { timeout: DIALOGUE_MS });
  await expect.poll(() => turn(page, 0).innerText()).toBe(said);
  await expect(dialogue(page).locator('[data-turn]')).not.toHaveCount(0);
});
