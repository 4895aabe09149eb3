/**
 * Options of Ajv for the schemas of this code. They are not held against the meta-schema, whose compilation takes longer
 * than that of all of ours together; Ajv itself refuses a keyword whose value is of the wrong type.
 */
export const OWN_SCHEMAS = { strict: false, meta: false, validateSchema: false } as const;

/** The same where a schema is long and little is held against it: better code would not pay for its making. */
export const OWN_SCHEMAS_UNOPTIMIZED = { ...OWN_SCHEMAS, code: { optimize: false } } as const;
