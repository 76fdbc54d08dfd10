/** Owns the checks of listings on our local S3 and on a real server alike. */
import {
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type ListObjectsV2CommandInput,
} from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { describeS3, failureOf } from '../support/s3-servers.js';

/** In UTF-8 byte order; UTF-16 would put the last two the other way round. */
const KEYS = [
  'a-b',
  'a/1',
  'a/2',
  'a/b/1',
  'a/b/2',
  'a b+c%20',
  'b/1',
  'c',
  'd/é',
  'd/\uFFFD',
  'd/🌊',
].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));

describeS3(
  'listings',
  {
    'writes keys percent-encoded when asked to': 'it writes them as they are',
    'refuses an encoding it does not know': 'it takes any',
  },
  ({ server, test }) => {
    let filled: Promise<void> | undefined;
    const list = async (query: Partial<ListObjectsV2CommandInput> = {}) => {
      const { client, bucket } = server();
      filled ??= (async () => {
        for (const key of KEYS) {
          await client.send(
            new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(key) }),
          );
        }
      })();
      await filled;
      const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ...query }));
      return {
        keys: (page.Contents ?? []).map(({ Key }) => Key),
        prefixes: (page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        page,
      };
    };

    test('lists in UTF-8 byte order', async () => {
      const { keys, page } = await list();
      expect(keys).toEqual(KEYS);
      expect(page).toMatchObject({ KeyCount: KEYS.length, IsTruncated: false, MaxKeys: 1000 });
    });

    test('shows size and ETag', async () => {
      const { page } = await list({ Prefix: 'c' });
      expect(page.Contents).toMatchObject([
        { Key: 'c', Size: 1, ETag: '"4a8a08f09d37b73795649038408b5f33"', StorageClass: 'STANDARD' },
      ]);
    });

    test('lists by prefix', async () => {
      expect((await list({ Prefix: 'a/b' })).keys).toEqual(['a/b/1', 'a/b/2']);
      expect((await list({ Prefix: 'a/b/1' })).keys).toEqual(['a/b/1']);
      expect((await list({ Prefix: 'zz' })).keys).toEqual([]);
    });

    test('rolls up by delimiter', async () => {
      const root = await list({ Delimiter: '/' });
      expect([...root.keys].sort()).toEqual(['a b+c%20', 'a-b', 'c']);
      expect(root.prefixes).toEqual(['a/', 'b/', 'd/']);
      expect(root.page.KeyCount).toBe(6);
      const below = await list({ Delimiter: '/', Prefix: 'a/' });
      expect(below).toMatchObject({ keys: ['a/1', 'a/2'], prefixes: ['a/b/'] });
      const byHyphen = await list({ Delimiter: '-', Prefix: 'a-' });
      expect(byHyphen).toMatchObject({ keys: ['a-b'], prefixes: [] });
    });

    test('starts after a key, which need not be there', async () => {
      expect((await list({ StartAfter: 'a/2', Prefix: 'a/' })).keys).toEqual(['a/b/1', 'a/b/2']);
      expect((await list({ StartAfter: 'a/15', Prefix: 'a/' })).keys).toEqual([
        'a/2',
        'a/b/1',
        'a/b/2',
      ]);
    });

    test('gives as many pages as max-keys makes', async () => {
      for (const delimiter of [undefined, '/']) {
        const seen: (string | undefined)[] = [];
        let token: string | undefined;
        let pages = 0;
        do {
          const { keys, prefixes, page } = await list({
            MaxKeys: 2,
            ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
            ...(token === undefined ? {} : { ContinuationToken: token }),
          });
          expect(keys.length + prefixes.length).toBe(page.KeyCount);
          seen.push(...[...keys, ...prefixes]);
          token = page.NextContinuationToken;
          expect(page.IsTruncated).toBe(token !== undefined);
          pages += 1;
        } while (token !== undefined);
        const expected =
          delimiter === undefined ? KEYS : ['a b+c%20', 'a-b', 'a/', 'b/', 'c', 'd/'];
        expect(seen.sort()).toEqual([...expected].sort());
        expect(pages).toBe(Math.ceil(expected.length / 2));
      }
    });

    test('lists nothing for max-keys 0', async () => {
      const { keys, page } = await list({ MaxKeys: 0 });
      expect([keys, page.IsTruncated]).toEqual([[], false]);
    });

    test('writes keys percent-encoded when asked to', async () => {
      const { keys, prefixes } = await list({ EncodingType: 'url', Delimiter: '/' });
      expect([...keys].sort()).toEqual(['a+b%2Bc%2520', 'a-b', 'c']);
      expect(prefixes).toEqual(['a/', 'b/', 'd/']);
      expect((await list({ EncodingType: 'url', Prefix: 'd/é' })).keys).toEqual(['d/%C3%A9']);
    });

    const refused = async (query: string): Promise<string | undefined> =>
      (await server().send({ method: 'GET', path: '', query })).code;

    test('refuses a max-keys that is no number', async () => {
      expect(await refused('list-type=2&max-keys=many')).toBe('InvalidArgument');
    });

    test('refuses an encoding it does not know', async () => {
      expect(await refused('encoding-type=base64&list-type=2')).toBe('InvalidArgument');
    });

    test('lists by the older request, by marker', async () => {
      await list();
      const { client, bucket } = server();
      const page = await client.send(
        new ListObjectsCommand({ Bucket: bucket, Prefix: 'a/', Marker: 'a/1', MaxKeys: 2 }),
      );
      expect(page.Contents?.map(({ Key }) => Key)).toEqual(['a/2', 'a/b/1']);
      expect(page.IsTruncated).toBe(true);
      const first = await client.send(
        new ListObjectsCommand({ Bucket: bucket, Delimiter: '/', Prefix: 'a/', MaxKeys: 3 }),
      );
      expect(first.CommonPrefixes).toEqual([{ Prefix: 'a/b/' }]);
      const rest = await client.send(
        new ListObjectsCommand({ Bucket: bucket, Delimiter: '/', Prefix: 'a/', Marker: 'a/b/' }),
      );
      expect([rest.Contents, rest.CommonPrefixes]).toEqual([undefined, undefined]);
    });

    test('does not list what is not there', async () => {
      const missing = new ListObjectsV2Command({ Bucket: 'no-such-bucket-here' });
      expect((await failureOf(server().client.send(missing))).name).toBe('NoSuchBucket');
    });
  },
);
