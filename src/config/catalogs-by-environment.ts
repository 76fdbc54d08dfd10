/** Owns opening catalogs by the credentials of the environment: a configuration is shared, and travels. */
import { CREDENTIAL_VARIABLE, TOKEN_VARIABLE } from '../catalogs/rest/credential-variables.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import {
  restCatalogs,
  type CatalogCredentials,
  type OpenCatalog,
} from '../processing/open-rest-catalog.js';
import type { Environment } from './config-environment.js';

/** Catalogs for who asks; InvalidConfig, which never says a secret, for one no catalog could take. */
export function catalogsByEnvironment(environment: Environment): OpenCatalog {
  return restCatalogs(credentialsIn(environment));
}

function credentialsIn(environment: Environment): CatalogCredentials {
  const token = secretIn(environment, TOKEN_VARIABLE, /^[\x21-\x7e]+$/, 'a token is one word');
  const credential = secretIn(
    environment,
    CREDENTIAL_VARIABLE,
    /^[^:]+:.+$/,
    'it has the form <client id>:<client secret>',
  );
  if (token !== undefined && credential !== undefined) {
    throw invalid(
      TOKEN_VARIABLE,
      `${TOKEN_VARIABLE} and ${CREDENTIAL_VARIABLE} are both set.`,
      'Unset one: a token is sent as it is, for a credential tokens are fetched and renewed.',
    );
  }
  return {
    ...(token === undefined ? {} : { token }),
    ...(credential === undefined ? {} : { credential }),
  };
}

/** Without what a file or a secret store may have put around it. */
function secretIn(
  environment: Environment,
  variable: string,
  form: RegExp,
  rule: string,
): string | undefined {
  const secret = environment[variable]?.trim();
  if (secret === undefined || secret === '') return undefined;
  if (form.test(secret)) return secret;
  throw invalid(
    variable,
    `${variable} cannot be used: ${rule}.`,
    `Set ${variable} anew, or unset it where the catalog wants none.`,
  );
}

function invalid(subject: string, message: string, hint: string): TidemarkError {
  return new TidemarkError(message, { code: ErrorCode.InvalidConfig, subject, hint });
}
