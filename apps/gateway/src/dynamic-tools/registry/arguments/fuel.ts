/** Thrown where arguments are more than may be checked. */
export class OutOfFuel extends Error {}

/** Of one check; a unit is about ten nanoseconds. */
const TANK = 1_200_000;

/** How much work a check may still be. What a tenant's schema says, and what a client sends, multiply. */
export class Fuel {
  private left = TANK;

  refill(): void {
    this.left = TANK;
  }

  /** @throws OutOfFuel */
  spend(units: number): void {
    if ((this.left -= units) < 0) throw new OutOfFuel();
  }
}
