import { expect, it } from 'vitest';
import { playScene, SCENES } from '../../../src/sim/index.ts';
import { frames, openSandbox, openScene, step, stepUntil, truths } from '../sandbox.ts';
import { describeSite } from '../site.ts';

describeSite('the scenes and the sandbox', (visit) => {
  it('plays each scene, and tells what came of it', async () => {
    const { page } = visit;
    for (const scene of SCENES.filter(({ name }) => name !== 'loss')) {
      await page.keyboard.press('9');
      await page.click(`[data-scene="${scene.name}"]`);
      await page.waitForSelector(`.scene-bar[data-over="true"] strong:text-is("${scene.name}")`);
      const facts = page.locator(`[data-scene-facts="${scene.name}"]`);
      if ((await facts.count()) === 0) await page.click('.scene-line button');
      await facts.first().waitFor();
      expect(await facts.first().textContent()).toContain(scene.title);
    }
  });

  it('plays a scene with the seed, the initial sequence numbers and the MSL that were chosen', async () => {
    const { page } = visit;
    await page.fill('[name="iss-a"]', '100');
    await page.fill('[name="iss-b"]', '300');
    await page.fill('[name="msl"]', '2');
    await openScene(page, 'close');
    const ladder = await playScene('close', { issA: 100, issB: 300, mslMs: 2_000 });
    const own = ladder.parts.flatMap(({ passages }) => passages.map(({ segment }) => segment.seq));
    const seqs = (await frames(page)).map((frame) => Number(frame.split(' ')[1]));
    expect(seqs).toEqual(own);
    expect(own[0]).toBe(100);
    await openScene(page, 'time-wait');
    await page.click('.scene-line button');
    expect(await page.textContent('.scene-facts')).toContain('A waited 4 s');
  });

  it('lets B have nothing more to send, where the scene knows that', async () => {
    const { page } = visit;
    await openScene(page, 'half-close');
    const whole = (await frames(page)).length;
    await page.keyboard.press('9');
    await page.check('[name="no-pending"]');
    await openScene(page, 'half-close');
    expect((await frames(page)).length).toBeLessThan(whole);
  });

  it('opens a sandbox of two hosts with the delay and MSL that were asked for', async () => {
    const { page } = visit;
    await page.fill('.sandbox-card label:has-text("Delay") input', '25');
    await page.fill('.sandbox-card label:has-text("MSL") input', '1');
    await page.uncheck('.sandbox-card label:has-text("B closes") input');
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await stepUntil(page, 'A', 'ESTABLISHED');
    expect((await truths(page))[0]!.nowMs).toBe(50);
    await page.click('[data-call="A close"]');
    await stepUntil(page, 'B', 'CLOSE-WAIT');
    await page.click('[data-call="B close"]');
    await stepUntil(page, 'A', 'TIME-WAIT');
    const since = (await truths(page))[0]!.nowMs;
    while ((await truths(page)).some(({ host }) => host === 'A')) await step(page);
    const nowMs = await page.evaluate(() => {
      const { session } = (globalThis as unknown as { statewire: { session: { nowMs(): number } } })
        .statewire;
      return session.nowMs();
    });
    expect(nowMs - since).toBe(2_000);
  });

  it('lets both hosts of the sandbox open to each other at the same moment', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('button:has-text("both open")');
    const passed: string[] = [];
    while (passed.at(-1) !== 'ESTABLISHED ESTABLISHED') {
      await step(page);
      passed.push((await truths(page)).map(({ state }) => state).join(' '));
    }
    expect(passed).toContain('SYN-RECEIVED SYN-RECEIVED');
  });
});
