/** Owns finding a Chromium for tests of what people see; one that is on the PATH. */
import { execFileSync } from 'node:child_process';
import { chromium, type Browser } from 'playwright-core';

/** The browser's path; undefined where there is none. */
export function chromiumPath(): string | undefined {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // Not under this name.
    }
  }
  return undefined;
}

/** A headless browser that asks nothing of the network by itself. */
export async function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
}
