/** Owns the XML of the S3 protocol: documents out, and documents in, checked against a schema. */
import { XmlNode, parseXML } from '@aws-sdk/xml-builder';
import type { z } from 'zod';

import { S3Error } from './s3-error.js';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** An element with text, or with the given elements inside; `undefined` ones are left out. */
export function element(
  name: string,
  content: string | number | boolean | readonly (XmlNode | undefined)[],
): XmlNode {
  if (typeof content === 'object') {
    return new XmlNode(
      name,
      content.filter((child) => child !== undefined),
    );
  }
  return XmlNode.of(name, String(content));
}

/** A whole document whose root is in S3's namespace. */
export function s3Document(name: string, content: readonly (XmlNode | undefined)[]): string {
  return declared(element(name, content).addAttribute('xmlns', NAMESPACE));
}

/** A whole document without a namespace, as errors are. */
export function plainDocument(name: string, content: readonly XmlNode[]): string {
  return declared(element(name, content));
}

function declared(root: XmlNode): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.toString()}`;
}

/** Reads a request's document; throws MalformedXML when it is none or not of `schema`. */
export function readDocument<T>(text: string, schema: z.ZodType<T>): T {
  let parsed: unknown;
  try {
    parsed = parseXML(text);
  } catch {
    throw malformed();
  }
  const result = schema.safeParse(parsed);
  if (!result.success) throw malformed();
  return result.data;
}

function malformed(): S3Error {
  return new S3Error(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema.',
  );
}
