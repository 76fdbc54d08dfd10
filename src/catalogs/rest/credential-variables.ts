/** Owns the names of the variables that hold what proves to a catalog who asks. */

/** A bearer token, sent as it is. */
export const TOKEN_VARIABLE = 'TIDEMARK_CATALOG_TOKEN';
/** `<client id>:<client secret>`, for which tokens are fetched and renewed. */
export const CREDENTIAL_VARIABLE = 'TIDEMARK_CATALOG_CREDENTIAL';
