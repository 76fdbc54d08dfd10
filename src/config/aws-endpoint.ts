/** Owns the one decision whether an endpoint is AWS's own, whose limits are known. */

// AmazonS3 and DynamoDB endpoints of every partition (general/latest/gr/ddb.html), VPC endpoints included.
const AWS_DOMAINS = [
  'amazonaws.com',
  'amazonaws.com.cn',
  'api.aws',
  'api.amazonwebservices.com.cn',
];
const AWS_SOVEREIGN = [
  'amazonaws.eu',
  'c2s.ic.gov',
  'sc2s.sgov.gov',
  'cloud.adc-e.uk',
  'csp.hci.ic.gov',
];

/** Whether requests to `endpoint` go to AWS. */
export function isAwsEndpoint(endpoint: URL): boolean {
  return [...AWS_DOMAINS, ...AWS_SOVEREIGN].some((domain) =>
    endpoint.hostname.endsWith(`.${domain}`),
  );
}
