/** Owns AWS for a command that may do without: it is opened when first needed. */
import type { TidemarkConfig } from '../../config/tidemark-config.js';
import type { ObjectStore } from '../../core/object-store.js';
import type { TableIdentity } from '../../export/table-exports.js';
import { openAws, type AwsAccess } from '../aws-access.js';

/** What of AWS a load may need. */
export interface LazyAws {
  readonly openBucket: (name: string) => Promise<ObjectStore>;
  /** Undefined when there is no such table in the Region at hand, or DynamoDB cannot be asked. */
  readonly describeTable: (tableArn: string) => Promise<TableIdentity | undefined>;
  readonly close: () => void;
}

/** Opens nothing yet. */
export function openLazyAws(config: TidemarkConfig): LazyAws {
  let opening: Promise<AwsAccess> | undefined;
  let opened: AwsAccess | undefined;
  const access = async (): Promise<AwsAccess> => {
    opening ??= openAws(config);
    opened = await opening;
    return opened;
  };
  return {
    openBucket: async (name) => (await access()).bucket(name),
    describeTable: async (tableArn) => {
      const [, region, tableName] =
        /^arn:[^:]+:dynamodb:([^:]+):[^:]*:table\/([^/]+)$/.exec(tableArn) ?? [];
      try {
        const aws = await access();
        if (region !== aws.region || tableName === undefined) return undefined;
        return await aws.tableExports.describeTable(tableName);
      } catch {
        // A help only: whoever loads copies of old exports need not have AWS at all.
        return undefined;
      }
    },
    close: () => opened?.close(),
  };
}
