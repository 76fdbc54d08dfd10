/** Owns keeping Temporal's routine log lines out of test output; errors still show. */
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/** For what takes a logger of its own. */
export const quietLogger = new DefaultLogger('ERROR');

let isQuiet = false;

/** Call before anything else of the SDK's; harmless when called again. */
export function quietRuntime(): void {
  if (isQuiet) return;
  isQuiet = true;
  Runtime.install({
    logger: quietLogger,
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
    },
  });
}
