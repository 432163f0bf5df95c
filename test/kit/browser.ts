import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { BrowserContext, Page } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Debian's Chromium, as a person would see the page. */
export class Browser {
  private constructor(
    private readonly context: BrowserContext,
    private readonly profile: string,
  ) {}

  static async start(): Promise<Browser> {
    if (!existsSync(executablePath))
      throw new Error(`there is no ${executablePath}; next: apt-get install chromium`);
    const profile = mkdtempSync(join(tmpdir(), 'weir-chromium-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      viewport: { width: 1440, height: 1000 },
      colorScheme: 'light',
      timezoneId: 'UTC',
      args: [
        // a root user has no sandbox; nothing but the pages of this machine is asked for
        ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ],
    });
    return new Browser(context, profile);
  }

  open(url: string): Promise<Page> {
    return this.context.newPage().then(async (page) => {
      await page.goto(url);
      return page;
    });
  }

  async stop(): Promise<void> {
    await this.context.close();
    rmSync(this.profile, { recursive: true, force: true });
  }
}
