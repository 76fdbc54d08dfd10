/** Owns the check of where large outputs of tasks go. */
import { expect, test } from '@jest/globals';
import { parseResultsPlace, resultsPlaceOf } from '../../../src/config/results-place.js';

test.each([
  ['s3://my-lake/dag-results', { kind: 's3', bucket: 'my-lake', prefix: 'dag-results' }],
  ['s3://my-lake/a/b/', { kind: 's3', bucket: 'my-lake', prefix: 'a/b' }],
  ['s3://my-lake', { kind: 's3', bucket: 'my-lake', prefix: '' }],
  ['file:out', { kind: 'directory', directory: 'out' }],
  ['file:///var/out', { kind: 'directory', directory: '/var/out' }],
  ['file:', undefined],
  ['s3://B/x', undefined],
  ['s3://my-lake//x', undefined],
  ['/var/out', undefined],
])('%s', (text, place) => {
  expect(parseResultsPlace(text)).toEqual(place);
});

test("without a setting they go beside the lake, and nowhere without a lake's bucket", () => {
  expect(resultsPlaceOf({ bucket: 'any', lakeBucket: 'my-lake' })).toEqual({
    kind: 's3',
    bucket: 'my-lake',
    prefix: 'dag-results',
  });
  expect(resultsPlaceOf({ bucket: 'any', results: 'file:/out' })).toEqual({
    kind: 'directory',
    directory: '/out',
  });
  expect(resultsPlaceOf({})).toBeUndefined();
});
