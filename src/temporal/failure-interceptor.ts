/** Owns the place where every activity's errors pass through the failure mapping. */
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  Next,
} from '@temporalio/worker';
import { toFailure } from './failure-mapping.js';

/** Translates what an activity throws; see `failure-mapping.ts`. */
export function failureInterceptor(): ActivityInboundCallsInterceptor {
  return {
    async execute(
      input: ActivityExecuteInput,
      next: Next<ActivityInboundCallsInterceptor, 'execute'>,
    ): Promise<unknown> {
      try {
        return await next(input);
      } catch (thrown) {
        throw toFailure(thrown);
      }
    },
  };
}
