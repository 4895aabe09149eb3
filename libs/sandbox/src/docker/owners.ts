/** Which gateways have containers at the engine. Its members reject while whoever keeps them is away. */
export interface Owners {
  /** Says that this gateway is alive. */
  beat(owner: string): Promise<void>;
  /** Those that were alive once, and have not been seen for 40 s. One that nobody has heard of may be somebody else's: it is not among them. */
  dead(owners: readonly string[]): Promise<readonly string[]>;
  /** This gateway ends, and has cleared up behind itself. */
  leave(owner: string): Promise<void>;
}

/** Of a gateway without a database: what is left over goes when its time has passed. */
export const NO_OWNERS: Owners = {
  beat: () => Promise.resolve(),
  dead: () => Promise.resolve([]),
  leave: () => Promise.resolve(),
};
