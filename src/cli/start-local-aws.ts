/** Owns starting the local AWS for a command, whose options move its ports. */
import { join } from 'node:path';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { startLocalAws, type LocalAws } from '../local/local-aws.js';
import { AWS_PROFILE, fastProfile } from '../local/service-profile.js';
import { LOCAL_REGION } from './stack-file.js';

/** Options of the commands that run it. */
export interface LocalAwsPorts {
  readonly dynamodbPort: number;
  readonly s3Port: number;
}

/** The local AWS with its state in `stateDir`; PortTaken names the option that chooses another port. */
export async function startAwsIn(
  stateDir: string,
  ports: LocalAwsPorts,
  secondsPerMinute: number,
): Promise<LocalAws> {
  try {
    return await startLocalAws({
      directory: join(stateDir, 'aws'),
      dynamodbPort: ports.dynamodbPort,
      s3Port: ports.s3Port,
      region: LOCAL_REGION,
      profile: secondsPerMinute === 60 ? AWS_PROFILE : fastProfile(secondsPerMinute),
    });
  } catch (error) {
    throw withPortOption(error, ports);
  }
}

function withPortOption(error: unknown, { s3Port }: LocalAwsPorts): unknown {
  if (!(error instanceof TidemarkError) || error.code !== ErrorCode.PortTaken) return error;
  const option = error.subject.endsWith(`:${s3Port}`) ? '--s3-port' : '--dynamodb-port';
  return new TidemarkError(error.message, {
    code: ErrorCode.PortTaken,
    subject: error.subject,
    hint: `Stop what holds it, or choose another port by ${option}.`,
    cause: error,
  });
}
