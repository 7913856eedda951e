/** The canvas in a real browser against the real server, with a model server that speaks at a known pace. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import type { FakeOllama } from '../server/adapters/fake/ollama-server.ts';
import { ask, connection, dialogue, test, turn } from './stage.ts';

const overOllama = ({ url }: FakeOllama) => ({ BAT_BACKEND: 'ollama', OLLAMA_HOST: url });
const morph = (page: Page, name: string) => page.locator(`[data-persona-morph="${name}"]`);

test('a persona is dragged by its grip, moved by the keyboard, and stays there over a reload', async ({
  page,
  house,
  ollama,
}) => {
  const { url } = await house.start(overOllama(ollama));
  await page.goto(url);
  const brick = morph(page, 'BRICK');
  const place = async () => {
    const box = await brick.boundingBox();
    if (!box) throw new Error('BRICK is not there');
    return { x: Math.round(box.x), y: Math.round(box.y) };
  };
  await expect(brick).toBeVisible();
  const start = await place();
  await page.mouse.move(start.x + 90, start.y + 12);
  await page.mouse.down();
  await page.mouse.move(start.x + 130, start.y + 60, { steps: 8 });
  await page.mouse.up();
  await expect.poll(async () => (await place()).y - start.y).toBeGreaterThan(20);
  const dragged = await place();
  await brick.focus();
  await page.keyboard.press('Shift+ArrowDown');
  await expect.poll(async () => (await place()).y - dragged.y).toBeGreaterThan(30);
  await page.keyboard.press('Shift+ArrowUp');
  await expect.poll(place).toEqual(dragged);
  await page.reload();
  await expect(brick).toBeVisible();
  await expect.poll(place).toEqual(dragged);
});

test('both voices stream, verdicts quote their clause, ALFRED closes, and history opens it again', async ({
  page,
  house,
  ollama,
}) => {
  const { url } = await house.start(overOllama(ollama));
  await page.goto(url);
  await ask(page, 'Rest today, or finish the report?', { policy: 'Tactical Execution' });
  await expect(turn(page, 0)).toContainText('has two things to say', { timeout: 20_000 });
  await expect(dialogue(page).locator('[data-kind=synthesis]')).toContainText('half a paragraph', { timeout: 60_000 });
  await expect(dialogue(page).locator('[data-verdict=capped]')).toContainText('Decide within 2 to 3 turns');
  await expect(turn(page, 0).locator('strong')).toHaveText(/phi3|llama3\.1/);
  expect(
    new Set(
      await dialogue(page)
        .locator('[data-turn]')
        .evaluateAll((all) => all.map((one) => one.getAttribute('data-persona'))),
    ),
  ).toEqual(new Set(['BRICK', 'ROBIN', 'ALFRED']));
  await dialogue(page)
    .getByRole('button', { name: /^Put .* away$/ })
    .click();
  await expect(dialogue(page)).toHaveCount(0);
  await page.locator('[data-history]').first().click();
  await expect(dialogue(page).locator('[data-kind=synthesis]')).toContainText('half a paragraph');
});

test('a cancelled dialogue stops and says so', async ({ page, house, ollama }) => {
  const { url } = await house.start(overOllama(ollama));
  await page.goto(url);
  await ask(page, 'Talk for long.');
  await expect(turn(page, 0)).toContainText(/\w/, { timeout: 20_000 });
  await dialogue(page).getByRole('button', { name: /^Stop/ }).click();
  await expect(dialogue(page)).toContainText(/cancelled|stopped/i);
});

test('a model server that is gone pauses the dialogue with its reason, and it goes on when it is back', async ({
  page,
  house,
  ollama,
}) => {
  const { url } = await house.start(overOllama(ollama));
  await page.goto(url);
  await ask(page, 'Rest?', { policy: 'Tactical Execution' });
  await expect(turn(page, 0)).toContainText(/\w/, { timeout: 20_000 });
  await ollama.goAway();
  await expect(dialogue(page)).toContainText(/paused/i, { timeout: 30_000 });
  await ollama.comeBack();
  await expect(dialogue(page).locator('[data-kind=synthesis]')).toContainText('half a paragraph', { timeout: 60_000 });
});

test('what the server refuses stays in the composer, with the reason', async ({ page, house, ollama }) => {
  const { url } = await house.start(overOllama(ollama));
  await page.goto(url);
  const composer = page.getByRole('textbox', { name: 'Ask the society' });
  const long = 'x'.repeat(32_001);
  await composer.fill(long);
  await composer.press('Enter');
  await expect(page.getByText(/32,000/).first()).toBeVisible();
  await expect(composer).toHaveValue(long);
});

test('a server that is gone is said so, the page stays, and mends itself', async ({ page, house, ollama }) => {
  const server = await house.start(overOllama(ollama));
  await page.goto(server.url);
  await expect(connection(page)).toHaveAttribute('data-connection', 'live');
  await server.end('SIGKILL');
  await expect(connection(page)).not.toHaveAttribute('data-connection', 'live');
  await expect(morph(page, 'ROBIN')).toBeVisible();
  await house.start({ ...overOllama(ollama), BAT_PORT: new URL(server.url).port });
  await expect(connection(page)).toHaveAttribute('data-connection', 'live', { timeout: 30_000 });
});

for (const [name, size] of [
  ['wide', { width: 1440, height: 900 }],
  ['narrow', { width: 390, height: 844 }],
] as const) {
  test(`the ${name} page is accessible, empty and with a dialogue`, async ({ page, house, ollama }) => {
    await page.setViewportSize(size);
    const { url } = await house.start(overOllama(ollama));
    await page.goto(url);
    await expect(connection(page)).toHaveAttribute('data-connection', 'live');
    const violations = async () =>
      (await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze()).violations.map(
        ({ id, nodes }) => [id, nodes[0]?.html],
      );
    expect(await violations()).toEqual([]);
    await ask(page, 'Rest?', { policy: 'Tactical Execution' });
    await expect(turn(page, 1)).toContainText(/\w/, { timeout: 20_000 });
    expect(await violations()).toEqual([]);
  });
}

test('the page runs under its content security policy and asks nobody else for anything', async ({
  page,
  house,
  ollama,
}) => {
  const complaints: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  const { url } = await house.start(overOllama(ollama));
  await page.goto(url);
  await ask(page, 'Rest?', { policy: 'Tactical Execution' });
  await expect(dialogue(page).locator('[data-kind=synthesis]')).toContainText('half a paragraph', { timeout: 60_000 });
  expect(complaints).toEqual([]);
  expect([...hosts]).toEqual([new URL(url).host]);
});
