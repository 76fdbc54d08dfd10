/** Owns what is seen of a load while it goes on, and how Ctrl-C ends it. */
import { ExitCode } from '../exit-code.js';
import { plural } from '../format.js';
import { onInterrupt } from '../interrupt.js';
import { LiveArea } from '../live-area.js';
import type { Output } from '../output.js';
import { claimJson, loadedLine, progressLine } from './load-text.js';
import type { LakePlace } from './open-lake-place.js';
import type { LoadPlan } from './plan-load.js';
import { runLoad, type LoadedExport, type LoadProgress } from './run-load.js';

const DRAW_INTERVAL_MS = 500;

/** Loads what is planned and tells of each export; Ctrl-C ends it before the next commit. */
export async function carryOut(
  output: Output,
  plan: LoadPlan,
  { tableName, table, lake }: LakePlace,
  settings: {
    readonly batchBytes: number;
    readonly batchConcurrency: number;
    readonly trustManifests: boolean;
  },
): Promise<void> {
  const interrupt = onInterrupt(() => {
    output.note('stopping… (Ctrl-C again to force)');
  });
  const area = new LiveArea(output.terminal);
  let progress: (() => LoadProgress) | undefined;
  const drawing = setInterval(() => {
    if (progress !== undefined) area.show([progressLine(progress(), Date.now())]);
  }, DRAW_INTERVAL_MS);
  const loaded: LoadedExport[] = [];
  try {
    const running = runLoad(plan, {
      ...settings,
      table,
      signal: interrupt.signal,
      onProgress: (current) => {
        progress = current;
      },
    });
    for await (const each of running) {
      progress = undefined;
      area.clear();
      loaded.push(each);
      output.line(loadedLine(each));
    }
  } finally {
    clearInterval(drawing);
    area.clear();
    interrupt.release();
  }
  const left = plan.exports.length - loaded.length;
  if (left > 0) {
    output.note(
      `stopped with ${plural(left, 'export')} left; the same command goes on from there.`,
    );
    process.exitCode = ExitCode.interrupted;
  }
  const watermark = (await table.readState())?.watermark ?? null;
  if (watermark !== null) {
    output.line(`${tableName} in ${lake} has every write before ${watermark}`);
  }
  output.json({
    tableName,
    lake,
    watermark,
    complete: left === 0,
    exports: loaded.map(({ claim, ...rest }) => ({ ...rest, ...claimJson(claim) })),
  });
}
