/** Owns the port by which scanned rows become local Parquet files, and the one of files without partitions. */
import type { ParquetField } from '../../parquet/parquet-field.js';
import type { ScannedRows } from '../scan/row-scanner.js';
import { LocalFiles, type LocalFile } from './local-files.js';

/** Where files are to be written. */
export interface FilesPlace {
  readonly fields: readonly ParquetField[];
  /** An empty directory. */
  readonly directory: string;
  /** A file is ended when it has reached this size. */
  readonly fileBytes: number;
}

/** Where rows of a batch went; files are counted from 0. */
export interface RowPlaces {
  fileOf(row: number): number;
  positionOf(row: number): number;
}

/** Takes rows, batch after batch. */
export interface RowFiles {
  add(scanned: ScannedRows): Promise<RowPlaces>;
  /** All files, by their numbers. */
  end(): Promise<readonly LocalFile[]>;
  /** Lets go of what is open. */
  abandon(): void;
}

/** One file after another. */
export function createRowFiles({ fields, directory, fileBytes }: FilesPlace): RowFiles {
  const files = new LocalFiles(fields, directory, fileBytes);
  return {
    add: async ({ columns, writtenAtMicros, rest, rows }) => {
      const { index, rows: firstPosition } = files;
      await files.write([...columns, writtenAtMicros, rest], rows);
      return { fileOf: () => index, positionOf: (row) => firstPosition + row };
    },
    end: () => files.end(),
    abandon: () => {
      files.close();
    },
  };
}
