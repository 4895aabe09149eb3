/** The document cannot be used at all. The message is for an operator. */
export class DocumentFault extends Error {}

/** One operation cannot be offered. The message says why, in a few words. */
export class OperationFault extends Error {}
