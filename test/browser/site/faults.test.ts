import { expect, it } from 'vitest';
import { choose, ladderRows, openSandbox, settle, step, stepUntil, truths } from '../sandbox.ts';
import { describeSite, type SitePage } from '../site.ts';

describeSite('the faults', (visit) => {
  it('lose what was asked for, and the ladder and the log say so', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.keyboard.press('8');
    await page.click('[data-drop="out data"]');
    await page.waitForSelector('.pending:has-text("1 × data from A")');
    await page.click('[data-call="A send 1"]');
    await page.keyboard.press('3');
    await page.waitForFunction(() =>
      document.querySelector('ul[aria-label="Frames in view"]')?.textContent?.includes('[lost]'),
    );
    await stepUntil(page, 'A', 'ESTABLISHED');
    await step(page, 4);
    expect((await ladderRows(page)).join('\n')).toContain('[retransmission]');
    expect((await truths(page))[0]!.retransmissions).toBe(1);
  });

  it('set the impairments of the link, name the flags that do the same, and heal', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.keyboard.press('8');
    await page.click('.faults-host button:has-text("A")');
    await page.fill('[data-direction="out"] input[name="loss"]', '25');
    await page.fill('[data-direction="out"] input[name="delayMs"]', '40');
    await page.fill('[data-direction="out"] input[name="burst-p"]', '1');
    await page.fill('[data-direction="out"] input[name="burst-r"]', '30');
    expect(await page.textContent('[data-direction="out"] .cli')).toBe(
      '--loss-out 25 --burst-out 1,30 --delay-out 40',
    );
    await page.click('[data-direction="out"] button:has-text("Apply")');
    await page.waitForSelector('.fault-log .cli:has-text("--loss-out 25")');
    expect(await impairments(page)).toEqual({ loss: 25, delayMs: 40, burst: { p: 1, r: 30 } });
    await page.click('[data-direction="out"] button:has-text("Heal")');
    await page.waitForSelector('.fault-log .cli:has-text("statewire tell heal out --host A")');
    expect(await impairments(page)).toEqual({});
    await page.fill('[data-direction="out"] input[name="loss"]', '25');
    await page.fill('[data-direction="out"] input[name="burst-p"]', '400');
    // The browser tells what is out of range, before anybody is asked.
    await page.click('[data-direction="out"] button:has-text("Apply")');
    expect(await page.$eval('[name="burst-p"]', (input) => (input as HTMLInputElement).validity.valid)).toBe(
      false,
    );
    expect(await impairments(page)).toEqual({});
  });

  it('each name the command line that does the same, before the click and in the record', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await page.keyboard.press('8');
    await choose(page, 'A');
    await page.click('[data-call="A send 1"]');
    await step(page, 4);
    const name = (await page.inputValue('#connection-picker'))!;
    const buttons: readonly (readonly [selector: string, cli: string])[] = [
      ['[data-drop="out ACK"]', 'statewire tell lose ACK out --host A'],
      ['[data-drop="in SYN"]', 'statewire tell lose SYN in --host A'],
      ['#blackhole', 'statewire tell blackhole 5 --host A'],
      ['button:text-is("End it")', 'statewire tell blackhole 0 --host A'],
      ['button:text-is("SEND")', `statewire tell send '${name}' 'hello\n'`],
      ['#inject-rst', `statewire tell inject RST '${name}'`],
    ];
    for (const [selector, cli] of buttons) {
      await page.waitForSelector(selector);
      expect(await page.getAttribute(selector, 'title')).toBe(cli);
      await page.click(selector);
      await settle(page);
      expect(await page.textContent('.fault-log li:first-child .cli')).toBe(cli);
    }
    const recorded = await page.evaluate(() => {
      type Told = { kind: string; cli?: string | null };
      const { session } = (
        globalThis as unknown as {
          statewire: { session: { timeline: { between(from: number, to: number): Iterable<Told> } } };
        }
      ).statewire;
      return [...session.timeline.between(0, Number.POSITIVE_INFINITY)].flatMap(({ kind, cli }) =>
        kind === 'command' ? [cli] : [],
      );
    });
    expect(recorded).toEqual(expect.arrayContaining(buttons.map(([, cli]) => cli)));
  });

  it('hand the stack a segment as if the peer had sent it: a RST ends the connection', async () => {
    const { page } = visit;
    await openSandbox(page);
    await page.click('#sandbox-connect');
    await step(page, 3);
    await choose(page, 'A');
    await page.keyboard.press('8');
    await page.click('#inject-rst');
    await page.waitForSelector('.fault-log li:has-text("injected: RST")');
    expect((await truths(page)).map(({ host }) => host)).not.toContain('A');
    // Of text that never came there is no old duplicate, and the page says why nothing happens.
    await choose(page, 'B');
    await page.click('#inject-old');
    await page.waitForSelector('.notice:has-text("there is nothing to repeat")');
  });

  it('make the calls of a user: SEND, CLOSE of one direction or both, ABORT', async () => {
    const { page } = visit;
    await openSandbox(page);
    for (let count = 0; count < 3; count++) await page.click('#sandbox-connect');
    await step(page, 3);
    await page.keyboard.press('8');
    await choose(page, 'A');
    await page.fill('[aria-label="Text to send"]', 'hello, world');
    await page.click('button:text-is("SEND")');
    await step(page, 4);
    const own = async (port: number) =>
      (await truths(page)).find(({ host, localPort }) => host === 'A' && localPort === port);
    expect((await own(3337))!.bytesSent).toBe(12);
    await page.click('button:text-is("CLOSE, our direction")');
    await settle(page);
    expect((await own(3337))!.state).toBe('FIN-WAIT-1');
    await page.keyboard.press(']');
    await page.click('button:text-is("ABORT")');
    await settle(page);
    expect(await own(3338)).toBeUndefined();
    await page.keyboard.press(']');
    await page.click('button:text-is("CLOSE, both")');
    await settle(page);
    expect((await own(3339))!.state).toBe('FIN-WAIT-1');
  });
});

/** What the device of A itself says that it does to what A sends. */
function impairments(page: SitePage): Promise<unknown> {
  return page.evaluate(
    () =>
      (
        globalThis as unknown as {
          statewire: { session: { world: { a: { device: { impairments: { out: unknown } } } } } };
        }
      ).statewire.session.world.a.device.impairments.out,
  );
}
