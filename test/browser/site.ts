/** The page as a person meets it who opens the site: one browser a test file, one page a test. */

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import {
  type Browser,
  openBrowser,
  openPage,
  type Site,
  serveSite,
  slowness,
  whyNoBrowser,
} from './browser.ts';

export type SitePage = Awaited<ReturnType<typeof openPage>>;

/** Less than a test may take: a failure then names what it waited for. */
const PATIENCE_MS = 20_000 * slowness();

/** The page of the test that runs. */
export interface Visit {
  readonly page: SitePage;
  readonly site: Site;
}

/** After each test nothing must have failed in the page, and it must have asked for nothing anywhere else. */
export function describeSite(title: string, tests: (visit: Visit) => void): void {
  const why = whyNoBrowser();
  describe.skipIf(why !== undefined)(`${title}${why ? ` (${why})` : ''}`, () => {
    let site: Site;
    let browser: Browser;
    let page: SitePage;
    beforeAll(async () => {
      site = await serveSite();
      browser = await openBrowser();
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      await site?.close();
    });
    beforeEach(async () => {
      page = await openPage(browser, site.address);
      page.setDefaultTimeout(PATIENCE_MS);
    });
    afterEach(async () => {
      const { strayed, failed } = page;
      // How it looked is remembered by the browser, and is not the next test's business.
      await page.evaluate(() => localStorage.clear());
      await page.close();
      expect(strayed).toEqual([]);
      expect(failed).toEqual([]);
    });
    tests({
      get page() {
        return page;
      },
      get site() {
        return site;
      },
    });
  });
}
