/** Owns the measured steps as workflows written by hand; replayed code. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { light as lightActivity } from './light.js';

interface LightActivities {
  light: typeof lightActivity;
}

const { light } = proxyActivities<LightActivities>({ startToCloseTimeout: '1 minute' });
const local = proxyLocalActivities<LightActivities>({ startToCloseTimeout: '1 minute' });

/** The tasks one after the other. */
export async function sequenceByHand(length: number): Promise<void> {
  for (let done = 0; done < length; done++) await light();
}

/** One, then `width` at once, then one. */
export async function sideBySideByHand(width: number): Promise<void> {
  await light();
  await Promise.all(Array.from({ length: width }, () => light()));
  await light();
}

/** {@link sequenceByHand} with local activities. */
export async function sequenceByHandLocal(length: number): Promise<void> {
  for (let done = 0; done < length; done++) await local.light();
}

/** {@link sideBySideByHand} with local activities. */
export async function sideBySideByHandLocal(width: number): Promise<void> {
  await local.light();
  await Promise.all(Array.from({ length: width }, () => local.light()));
  await local.light();
}
