import { expect, it } from 'vitest';
import { openScene } from '../sandbox.ts';
import { describeSite, type SitePage } from '../site.ts';

const VIEWS = [
  'connections',
  'chart',
  'ladder',
  'sequence-space',
  'timers',
  'plots',
  'time',
  'faults',
  'scenes',
];

describeSite('the page', (visit) => {
  it('is used by keyboard alone', async () => {
    const { page } = visit;
    await page.focus('#start-sandbox');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#sandbox-connect');
    await page.keyboard.press('Shift+4');
    await page.keyboard.press('2');
    expect(await views(page)).toEqual(['chart', 'sequence-space']);
    for (const [index, view] of VIEWS.entries()) {
      await page.keyboard.press(String(index + 1));
      expect((await views(page))[0]).toBe(view);
    }
    await page.keyboard.press('?');
    expect(await page.isVisible('dialog.help')).toBe(true);
    await page.keyboard.press('Escape');
    expect(await page.isVisible('dialog.help')).toBe(false);
  });

  it('takes no key from whoever types', async () => {
    const { page } = visit;
    await openScene(page, 'handshake');
    await page.keyboard.press('/');
    await page.waitForSelector('#connection-filter:focus');
    await page.keyboard.type('t1r[');
    expect(await page.inputValue('#connection-filter')).toBe('t1r[');
    expect((await views(page))[0]).toBe('connections');
  });

  it('keeps its theme, text size and numbers when it is loaded again', async () => {
    const { page } = visit;
    const before = await page.getAttribute('html', 'data-theme');
    await page.keyboard.press('t');
    await page.click('[title="Large text, for projectors"]');
    await page.reload();
    const after = await page.getAttribute('html', 'data-theme');
    expect([before, after].sort()).toEqual(['dark', 'light']);
    expect(await page.getAttribute('html', 'data-text')).toBe('large');
  });

  it('has text that stands out from its ground in every view, dark and light', async () => {
    const { page } = visit;
    await openScene(page, 'time-wait');
    for (const theme of ['dark', 'light']) {
      if ((await page.getAttribute('html', 'data-theme')) !== theme) await page.keyboard.press('t');
      for (const [index, view] of VIEWS.entries()) {
        await page.keyboard.press(String(index + 1));
        await page.waitForSelector(`[data-view="${view}"] .pane-body > *`);
        const { looked, found } = await faint(page);
        expect(found, `${view}, ${theme}`).toEqual([]);
        expect(looked).toBeGreaterThan(30);
      }
    }
  });

  it('has nothing that runs over its edges, from a small screen to a large one', async () => {
    const { page } = visit;
    await openScene(page, 'time-wait');
    for (const [width, height] of [
      [1_100, 700],
      [1_440, 900],
      [1_920, 1_080],
    ] as const) {
      await page.setViewportSize({ width, height });
      for (const [index, view] of VIEWS.entries()) {
        await page.keyboard.press(String(index + 1));
        await page.waitForSelector(`[data-view="${view}"] .pane-body > *`);
        const over = await page.$$eval('.pane, .foot, .head', (list) =>
          list.filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.className),
        );
        expect(over, `${view} at ${width}`).toEqual([]);
      }
    }
  });

  it('gives every control a name', async () => {
    const { page } = visit;
    await openScene(page, 'time-wait');
    for (const [index, view] of VIEWS.entries()) {
      await page.keyboard.press(String(index + 1));
      await page.waitForSelector(`[data-view="${view}"] .pane-body > *`);
      const nameless = await page.$$eval('button, input, select', (list) =>
        list
          .filter((each) => {
            const { labels } = each as HTMLInputElement;
            const own = each.getAttribute('aria-label') ?? each.getAttribute('title') ?? '';
            const around = each.tagName === 'BUTTON' ? each.textContent : labels?.[0]?.textContent;
            return own.trim() === '' && (around ?? '').trim() === '';
          })
          .map((each) => each.outerHTML.slice(0, 120)),
      );
      expect(nameless, view).toEqual([]);
    }
  });
});

function views(page: SitePage): Promise<(string | null)[]> {
  return page.$$eval('[data-view]', (panes) => panes.map((pane) => pane.getAttribute('data-view')));
}

/** Texts whose contrast to what is behind them is below 4.5 : 1 (3 : 1 for what is large, or can't be used now). */
function faint(page: SitePage): Promise<{ readonly looked: number; readonly found: string[] }> {
  return page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = 1;
    canvas.height = 1;
    const context = canvas.getContext('2d', { willReadFrequently: true })!;
    const known = new Map<string, number[]>();
    const over = (colours: readonly string[]): number[] => {
      const seen = colours.filter((each) => each !== 'rgba(0, 0, 0, 0)');
      const key = seen.join(' ');
      const mixed = known.get(key);
      if (mixed) return mixed;
      context.clearRect(0, 0, 1, 1);
      for (const each of seen) {
        context.fillStyle = each;
        context.fillRect(0, 0, 1, 1);
      }
      const rgb = [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
      known.set(key, rgb);
      return rgb;
    };
    const luminance = (rgb: readonly number[]): number => {
      const [r = 0, g = 0, b = 0] = rgb.map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const grounds = (element: Element | null): string[] => {
      const found: string[] = [];
      for (let at = element; at; at = at.parentElement) found.unshift(getComputedStyle(at).backgroundColor);
      return found;
    };
    const found: string[] = [];
    let looked = 0;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? '';
      if (
        !element ||
        text === '' ||
        element.closest('.visually-hidden, option, svg, script, style, :disabled')
      )
        continue;
      if (!element.checkVisibility({ opacityProperty: true })) continue;
      looked++;
      const { color, fontSize, fontWeight } = getComputedStyle(element);
      const behind = grounds(element);
      const [own, ground] = [luminance(over([...behind, color])), luminance(over(behind))];
      const contrast = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
      const isLarge = Number.parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700;
      const least = isLarge || element.closest('.finished, .later') ? 3 : 4.5;
      if (contrast < least) found.push(`${text.slice(0, 30)} (${contrast.toFixed(2)})`);
    }
    return { looked, found };
  });
}
