/** Owns the addresses of pages in Temporal Web. */
import type { TemporalConfig } from '../config/tidemark-config.js';

const LOCAL_WEB = 'http://localhost:8233';

/** Base address of Temporal Web; undefined when it is not known. */
export function webBase(temporal: TemporalConfig | undefined, address: string): string | undefined {
  if (temporal?.webUrl !== undefined) return temporal.webUrl.replace(/\/+$/, '');
  return /^(localhost|127\.0\.0\.1|\[::1\]):/.test(address) ? LOCAL_WEB : undefined;
}

/** The page of a workflow. */
export function workflowLink(base: string, namespace: string, workflowId: string): string {
  return `${base}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
